"""What-if answers beside a refit on data changed by hand, and models kept in folders."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalograph.cli import app
from catalograph.embed.jobs import load_job
from catalograph.embed.jobs.task import JobContext, JobTask
from catalograph.embed.preference import PreferenceConfig, learn_preferences
from catalograph.embed.recommend import (
    KGEaseConfig,
    RecommendData,
    RelationFacts,
    fit_kg_ease,
    incidence,
)
from catalograph.embed.recommend.checkpoint import EntityKeys, FittedModel, load_model, save_model
from catalograph.embed.recommend.ease import DTypeName
from catalograph.embed.recommend.item_lookup import facts_named, items_named
from catalograph.embed.recommend.matrices import Csr, Floats
from catalograph.embed.recommend.what_if import Event, ItemFact, WhatIfResult, what_if
from catalograph.errors import ConfigError, EmbedError, InvalidInputError
from catalograph.settings import Settings
from catalograph.store import FactTable, GraphSnapshot

pytestmark = pytest.mark.slow

CONFIG = KGEaseConfig(
    5.0,
    {"narrow": 2.0, "broad": 0.7, "linked": 3.0},
    dtype="float64",
    item_power=0.3,
    user_power=0.4,
)
RELATIONS = ("narrow", "broad", "linked")


def random_data(seed: int, n: int = 24, users: int = 16) -> RecommendData:
    """Three relations: of many tails, of three, and to items."""
    rng = np.random.default_rng(seed)

    def pairs(m: int, rows: int, columns: int) -> Csr:
        return incidence(rng.integers(0, rows, m), rng.integers(0, columns, m), (rows, columns))

    own = np.where(rng.random(n) < 0.5, rng.permutation(n), -1)
    relations = {
        "narrow": RelationFacts(pairs(2 * n, n, 30)),
        "broad": RelationFacts(pairs(2 * n, n, 3)),
        "linked": RelationFacts(pairs(3 * n, n, n), tail_items=own),
    }
    return RecommendData(pairs(5 * users, users, n), relations)


def fitted(data: RecommendData, dtype: DTypeName = "float64") -> FittedModel:
    return FittedModel.of(fit_kg_ease(data, replace(CONFIG, dtype=dtype)), data)


def toggled(matrix: Csr, row: int, column: int) -> Csr:
    """The 0/1 matrix with one entry turned, made wider when the column is new."""
    dense = matrix.toarray()
    if column == dense.shape[1]:
        dense = np.pad(dense, ((0, 0), (0, 1)))
    dense[row, column] = 1 - dense[row, column]
    rows, columns = np.nonzero(dense)
    return incidence(rows, columns, (dense.shape[0], dense.shape[1]))


def refitted(data: RecommendData, user: int, entry: Event | ItemFact, dtype: DTypeName) -> Floats:
    """Scores of a user by a model fitted from scratch on the data with one entry turned."""
    if isinstance(entry, Event):
        changed = replace(data, train=toggled(data.train, user, entry.item))
    else:
        relation = data.relations[entry.relation]
        facts = toggled(relation.facts, entry.item, entry.tail)
        own = relation.tail_items
        if own is not None and facts.shape[1] > len(own):
            own = np.append(own, -1)
        relations = {**data.relations, entry.relation: RelationFacts(facts, own)}
        changed = replace(data, relations=relations)
    fit = fit_kg_ease(changed, replace(CONFIG, dtype=dtype))
    scores: Floats = fit.score(changed.train[[user]])[0]
    return scores


def turn(
    model: FittedModel, data: RecommendData, user: int, entry: Event | ItemFact
) -> WhatIfResult:
    """Ask for one entry turned: removed where it is there, added where it is not."""
    history = data.train[[user]].indices
    if isinstance(entry, Event):
        there = entry.item in history
    else:
        facts = data.relations[entry.relation].facts
        there = entry.tail < facts.shape[1] and bool(facts[entry.item, entry.tail])
    change: dict[str, Any] = {"remove" if there else "add": [entry]}
    return what_if(model, history, **change)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@given(
    seed=st.integers(0, 10_000),
    kind=st.sampled_from(("event", *RELATIONS)),
    item=st.integers(0, 23),
    place=st.integers(0, 10_000),
)
@settings(max_examples=60, deadline=None)
def test_what_if_equals_a_refit(
    dtype: DTypeName, seed: int, kind: str, item: int, place: int
) -> None:
    data = random_data(seed)
    user = place % data.train.shape[0]
    entry: Event | ItemFact = Event(item)
    if kind != "event":
        tails = data.relations[kind].facts.shape[1]
        entry = ItemFact(item, kind, place % (tails + 1))  # the last of these is a new tail
    found = turn(fitted(data, dtype), data, user, entry)
    assert found.method == "update"
    expected = refitted(data, user, entry, dtype)
    # The weights of users are float32 in any case.
    np.testing.assert_allclose(found.after, expected, atol=1e-4 if dtype == "float32" else 1e-6)


@pytest.mark.parametrize("relation", RELATIONS)
def test_every_fact_removed_equals_a_refit(relation: str) -> None:
    data = random_data(3)
    model = fitted(data)
    for item, tail in zip(*data.relations[relation].facts.nonzero(), strict=True):
        fact = ItemFact(int(item), relation, int(tail))
        expected = refitted(data, 2, fact, "float64")
        np.testing.assert_allclose(turn(model, data, 2, fact).after, expected, atol=1e-10)


def test_changes_made_together_equal_a_refit() -> None:
    data = random_data(5)
    model = fitted(data)
    history = data.train[[1]].indices
    broad = data.relations["broad"].facts
    item, tail = (int(index[0]) for index in broad.nonzero())
    free = int(np.setdiff1d(np.arange(24), history)[0])
    found = what_if(
        model,
        history,
        remove=[Event(int(history[0])), ItemFact(item, "broad", tail)],
        add=[Event(free), ItemFact(item, "narrow", 30)],
    )
    facts = toggled(data.relations["narrow"].facts, item, 30)
    changed = RecommendData(
        toggled(toggled(data.train, 1, int(history[0])), 1, free),
        {
            **data.relations,
            "broad": RelationFacts(toggled(broad, item, tail)),
            "narrow": RelationFacts(facts),
        },
    )
    expected = fit_kg_ease(changed, CONFIG).score(changed.train[[1]])[0]
    np.testing.assert_allclose(found.after, expected, atol=1e-6)
    np.testing.assert_allclose(found.before, model.score(data.train[[1]])[0])


def test_a_fact_changes_the_rows_of_others_that_have_it() -> None:
    """Or the exactness above would say little: rarity and row lengths must be at work."""
    data = random_data(3)
    model = fitted(data)
    item, tail = (int(index[0]) for index in data.relations["linked"].facts.nonzero())
    assert turn(model, data, 0, ItemFact(item, "linked", tail)).rank > 2


def test_a_broad_change_is_refitted_and_says_the_same() -> None:
    data = random_data(7)
    model = fitted(data)
    item, tail = (int(index[0]) for index in data.relations["linked"].facts.nonzero())
    history = data.train[[0]].indices
    ask: Callable[..., WhatIfResult] = lambda **how: what_if(  # noqa: E731
        model, history, remove=[Event(int(history[0])), ItemFact(item, "linked", tail)], **how
    )
    refit, update = ask(most_columns=0), ask()
    assert (refit.method, update.method) == ("refit", "update")
    np.testing.assert_allclose(refit.after, update.after, atol=1e-10)


def test_a_new_users_event_leaves_the_model_as_it_is() -> None:
    data = random_data(2)
    model = fitted(data)
    found = what_if(model, np.array([1, 4]), add=[Event(9)], learned=False)
    row = incidence(np.zeros(3, int), np.array([1, 4, 9]), (1, 24))
    np.testing.assert_allclose(found.after, model.score(row)[0], atol=1e-12)
    assert found.rank == 0


def test_standings_tell_both_ranks_and_whose_the_item_is() -> None:
    data = random_data(2)
    model = fitted(data)
    history = data.train[[0]].indices
    gone = int(history[0])
    found = what_if(model, history, remove=[Event(gone)], k=3, items=[gone])
    by_item = {standing.item: standing for standing in found.standings}
    assert by_item[gone].rank_before is None
    others = np.setdiff1d(np.arange(24), history)
    best = others[np.argsort(-found.before[others], kind="stable")]
    for place, item in enumerate(best[:3], start=1):
        assert by_item[int(item)].rank_before == place
        assert by_item[int(item)].score_before == found.before[item]
    ranks = [standing.rank_after for standing in found.standings]
    assert ranks[:3] == [1, 2, 3]


def test_a_relation_without_weight_changes_nothing() -> None:
    data = random_data(2)
    config = replace(CONFIG, weights={"narrow": 0.0})
    model = FittedModel.of(fit_kg_ease(data, config), data)
    found = what_if(model, data.train[[0]].indices, add=[ItemFact(0, "narrow", 30)])
    np.testing.assert_allclose(found.after, found.before, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"remove": [Event(23)]}, "no event with item 23"),
        ({"add": [Event(0)]}, "an event with item 0 already"),
        ({"add": [Event(99)]}, "none of the model's 24 items"),
        ({"remove": [ItemFact(0, "narrow", 1)]}, "has no fact narrow 1"),
        ({"add": [ItemFact(0, "narrow", 0)]}, "has the fact narrow 0"),
        ({"add": [ItemFact(0, "narrow", 7)]}, "the next new one is 2"),
        ({"add": [ItemFact(0, "colour", 0)]}, "no relation 'colour'; it has narrow"),
        ({"add": [ItemFact(99, "narrow", 0)]}, "none of the model's 24 items"),
    ],
)
def test_entries_that_cannot_be_changed_are_refused(change: dict[str, Any], words: str) -> None:
    train = incidence(np.array([0, 0]), np.array([0, 1]), (1, 24))
    narrow = RelationFacts(incidence(np.array([0, 1]), np.array([0, 1]), (24, 2)))
    model = fitted(RecommendData(train, {"narrow": narrow}))
    with pytest.raises(InvalidInputError, match=words):
        what_if(model, np.array([0, 1]), **change)


def test_a_history_that_was_never_learned_is_refused() -> None:
    train = incidence(np.array([0, 1]), np.array([0, 1]), (2, 3))  # nobody has both
    model = fitted(RecommendData(train))
    with pytest.raises(InvalidInputError, match="say that the user is new"):
        what_if(model, np.array([0, 1]), remove=[Event(0)])


def names(n: int = 24) -> EntityKeys:
    return EntityKeys(
        [f"product:t:{i}" for i in range(n)], {"narrow": [f"n{i}" for i in range(30)]}
    )


def test_a_saved_model_answers_as_the_fit_does(tmp_path: Path) -> None:
    data = random_data(4)
    model = replace(fitted(data, "float32"), names=names())
    opened = load_model(save_model(model, tmp_path / "model"))
    assert isinstance(opened.P, np.memmap)
    assert opened.config == model.config
    assert list(opened.names.items) == list(names().items)
    assert opened.names.tails == names().tails
    history = data.train[[0]].indices
    item, tail = (int(index[0]) for index in data.relations["linked"].facts.nonzero())
    change = {"remove": [Event(int(history[0])), ItemFact(item, "linked", tail)]}
    answers = [what_if(known, history, **change) for known in (model, opened)]  # type: ignore[arg-type]
    np.testing.assert_array_equal(answers[0].after, answers[1].after)
    assert answers[0].standings == answers[1].standings


def test_a_save_that_breaks_off_leaves_the_older_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = fitted(random_data(1)), fitted(random_data(2))
    save_model(old, tmp_path)

    def broken(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("catalograph.embed.recommend.checkpoint.np.savez", broken)
        with pytest.raises(KeyboardInterrupt):
            save_model(new, tmp_path)
    np.testing.assert_array_equal(load_model(tmp_path).P, old.P)
    save_model(new, tmp_path)
    np.testing.assert_array_equal(load_model(tmp_path).P, new.P)
    assert len(list(tmp_path.iterdir())) == 4  # nothing of the broken one is left


def test_users_are_not_in_a_saved_model(tmp_path: Path) -> None:
    """Two groups of users with the same counts give the same files."""
    together = incidence(np.array([0, 0, 1, 2]), np.array([0, 1, 0, 1]), (3, 3))
    renumbered = incidence(np.array([2, 2, 0, 1]), np.array([0, 1, 0, 1]), (3, 3))
    arrays = []
    for place, train in enumerate((together, renumbered)):
        folder = save_model(fitted(RecommendData(train)), tmp_path / str(place))
        (path,) = folder.glob("facts-*.npz")
        with np.load(path) as stored:
            arrays.append({name: stored[name].tolist() for name in stored.files})
    assert arrays[0] == arrays[1]
    assert set(arrays[0]) == {"interactions_indptr", "interactions_indices", "interactions_data"}


def test_folders_without_a_whole_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedError, match="holds no model"):
        load_model(tmp_path)
    save_model(fitted(random_data(1)), tmp_path)
    manifest = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps({**manifest, "items": 7}))
    with pytest.raises(EmbedError, match="damaged"):
        load_model(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(EmbedError, match="format 99"):
        load_model(tmp_path)


def shop() -> GraphSnapshot:
    def ints(*values: int) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
        return np.array(values, np.int32)

    keys = tuple(f"product:t:{name}" for name in "abcdef")
    return GraphSnapshot(
        products=keys,
        users=("user:t:u", "user:t:v"),
        interaction_users=ints(0, 0, 1, 1),
        interaction_products=ints(0, 1, 0, 4),
        facts={
            "ALSO_BOUGHT": FactTable(ints(0, 0), ints(0, 1), (keys[2], "product:t:zz")),
            "HAS_VALUE:a": FactTable(ints(0, 1, 2), ints(0, 0, 0), ("value:a=x",)),
        },
        parents=(),
        data_hash="hash",
    )


def asked(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    app(["what-if", "--model", str(folder), *options, "--json"], standalone_mode=False)
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def test_the_preference_job_keeps_its_model_for_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learn_preferences(shop(), PreferenceConfig(save=tmp_path))
    a, b, c, d = (f"product:t:{name}" for name in "abcd")
    fact = f"{a},ALSO_BOUGHT,{c}"
    told = asked(tmp_path, capsys, "--user-events", f"{a},{b}", "--remove-fact", fact)
    by_key = {row["key"]: row for row in told["items"]}
    assert told["command"] == "what-if"
    assert told["method"] == "update"
    assert by_key[c]["score_after"] < by_key[c]["score_before"]
    assert by_key[c]["rank_before"] == 1
    assert a not in by_key
    # A tail that nobody had is new; as it is a listed product, it is joined to it directly.
    added = asked(
        tmp_path, capsys, "--user-events", f"{a},{b}", "--add-fact", f"{a},ALSO_BOUGHT,{d}"
    )
    row = {row["key"]: row for row in added["items"]}[d]
    assert row["score_after"] > row["score_before"] == 0
    assert row["rank_after"] < row["rank_before"]


def test_the_embed_command_learns_anew_and_keeps_the_model_where_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    def run_jobs(_: object, __: object, kinds: list[str], **how: Any) -> list[object]:
        given.update(how, kinds=kinds)
        return []

    graph = nullcontext((MagicMock(), None))
    monkeypatch.setattr("catalograph.cli.embed_common.open_graph", lambda: graph)
    monkeypatch.setattr("catalograph.embed.jobs.run_jobs", run_jobs)
    app(["embed", "preference", "--save", str(tmp_path), "--json"], standalone_mode=False)
    assert list(given["kinds"]) == ["preference"]
    config = given["configs"]["preference"]
    assert config.save == tmp_path
    assert config.as_dict() == PreferenceConfig().as_dict()  # where it is kept decides nothing
    assert _planned(given["configs"], tmp_path).always
    assert not _planned({}, tmp_path).always


def _planned(configs: Any, home: Path) -> JobTask:
    """The preference job on the shop, planned with these configurations."""
    without_models = MagicMock()  # answers every statement with no rows
    context = JobContext(without_models, Settings(home=home), configs=configs)
    vars(context)["snapshot"] = shop()
    return load_job("preference").task(context)


def test_the_command_tells_of_events_and_of_new_users(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learn_preferences(shop(), PreferenceConfig(save=tmp_path))
    a, b = "product:t:a", "product:t:b"
    change = ("--user-events", f"{a},{b}", "--remove-event", b)
    told = asked(tmp_path, capsys, *change, "--item", f"{a},{b}", "--top", "1")
    by_key = {row["key"]: row for row in told["items"]}
    assert by_key[b]["rank_before"] is None
    assert by_key[b]["rank_after"] is not None
    assert by_key[a]["rank_before"] is by_key[a]["rank_after"] is None
    app(
        ["what-if", "--model", str(tmp_path), "--add-event", "product:t:f", "--new-user"],
        standalone_mode=False,
    )
    assert "product:t:f" in capsys.readouterr().out


def test_the_sparse_form_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Learn without saving"):
        learn_preferences(shop(), PreferenceConfig(dense_products=1, save=tmp_path))


def test_keys_and_facts_are_read_as_people_write_them() -> None:
    odd = EntityKeys(["product:t:a,b", "product:t:c"], {"r": ["brand:x,r,y", "brand:z"]})
    facts = incidence(np.array([0, 1]), np.array([0, 1]), (2, 2))
    train = incidence(np.array([0]), np.array([0]), (1, 2))
    model = replace(fitted(RecommendData(train, {"r": RelationFacts(facts)})), names=odd)
    assert items_named(model, "product:t:a,b") == [0]
    assert items_named(model, "product:t:c, product:t:c,") == [1, 1]
    assert facts_named(model, ["product:t:a,b,r,brand:z"]) == [ItemFact(0, "r", 1)]
    assert facts_named(model, ["product:t:c,r,brand:x,r,y"]) == [ItemFact(1, "r", 0)]
    new = ["product:t:c,r,brand:n", "product:t:a,b,r,brand:m", "product:t:c,r,brand:m"]
    assert [fact.tail for fact in facts_named(model, new)] == [2, 3, 3]
    unnamed = replace(model, names=EntityKeys())
    assert items_named(unnamed, "1,0") == [1, 0]
    assert facts_named(unnamed, ["1,r,0"]) == [ItemFact(1, "r", 0)]
    with pytest.raises(InvalidInputError, match="expected a key, such as product:t:a,b"):
        items_named(model, "product:t:zz")
    with pytest.raises(InvalidInputError, match="expected PRODUCT,RELATION,TAIL"):
        facts_named(model, ["product:t:c has brand:z"])


def test_a_model_of_no_items_is_kept_too(tmp_path: Path) -> None:
    nothing = np.array([], int)
    model = fitted(RecommendData(incidence(nothing, nothing, (0, 0))))
    assert load_model(save_model(model, tmp_path)).n_items == 0
