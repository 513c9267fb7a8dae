"""Training: a small planted graph is learned, and a training goes on where it was killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from catalograph.embed.kge import (
    KgeConfig,
    TripleSet,
    Vocabulary,
    evaluate_link,
    load_kge,
    train,
)
from catalograph.errors import ConfigError, EmbedError

pytestmark = pytest.mark.slow

PRODUCTS, BRANDS, CATEGORIES = 36, 6, 5
SMALL = KgeConfig(
    dimension=16, epochs=40, batch=48, init=0.1, validate_every=10, patience=0, precision="float32"
)
MARGIN = replace(
    SMALL,
    model="transe",
    loss="margin",
    queries="1vsall",
    negatives=2,
    reciprocal=False,
    optimiser="adam",
    learning_rate=0.03,
    margin=2.0,
    epochs=60,
)
LEARNERS = {
    "complex": replace(SMALL, n3=0.002, relation_weight=0.1, clip=5.0),
    "complex in bfloat16": replace(SMALL, n3=0.002, precision="bfloat16"),
    "distmult": replace(SMALL, model="distmult", n3=0.002, dropout=0.1, decay=0.5),
    "transe": replace(SMALL, model="transe", norm=1),
    "transe by margin": MARGIN,
    "rotate": replace(SMALL, model="rotate", loss="self-adversarial", negatives=16, margin=4.0),
    "complex by sampled negatives": replace(SMALL, queries="1vsall", negatives=16),
}


def planted() -> tuple[TripleSet, TripleSet]:
    """Who makes a product also sells it, so what is held out follows from what is not."""
    facts = [
        fact
        for i in range(PRODUCTS)
        for fact in (
            (f"p{i}", "made_by", f"b{i % BRANDS}"),
            (f"p{i}", "sold_by", f"b{i % BRANDS}"),
            (f"p{i}", "is_a", f"c{i % CATEGORIES}"),
        )
    ]
    held = [fact for fact in facts if fact[1] == "sold_by" and int(fact[0][1:]) % 4 == 0]
    vocabulary = Vocabulary.of(facts)
    kept = [fact for fact in facts if fact not in held]
    return TripleSet.of(vocabulary, kept), TripleSet.of(vocabulary, held)


def all_of(*parts: TripleSet) -> TripleSet:
    return replace(parts[0], triples=np.concatenate([part.triples for part in parts]))


@pytest.mark.parametrize("name", LEARNERS)
def test_each_model_learns_what_was_planted(name: str) -> None:
    facts, held = planted()
    config = LEARNERS[name]
    untrained = train(facts, None, replace(config, epochs=1, learning_rate=1e-9))

    model = train(facts, None, config)

    known = all_of(facts, held)
    assert evaluate_link(untrained, held, known).mrr < 0.5
    assert evaluate_link(model, held, known).mrr > 0.9


def test_the_same_seed_gives_the_same_vectors_and_another_seed_others() -> None:
    facts, _ = planted()
    config = replace(LEARNERS["complex by sampled negatives"], epochs=3)
    first, second, other = (
        train(facts, None, c) for c in (config, config, replace(config, seed=1))
    )
    np.testing.assert_array_equal(first.entity_vectors, second.entity_vectors)
    assert not np.allclose(first.entity_vectors, other.entity_vectors)


def test_a_trained_model_scores_as_it_ranks_and_survives_its_folder(tmp_path: Path) -> None:
    facts, held = planted()
    model = train(facts, held, replace(LEARNERS["rotate"], epochs=2))
    heads, relations, tails = facts.triples.T
    model.save(tmp_path / "model")

    again = load_kge(tmp_path / "model")

    np.testing.assert_array_equal(
        again.score(heads, relations, tails), model.score(heads, relations, tails)
    )
    rotated = model.relation_vectors[relations]
    width = rotated.shape[1] // 2
    assert np.allclose(np.hypot(rotated[:, :width], rotated[:, width:]), 1, atol=1e-5)
    assert (again.vocabulary, again.config) == (model.vocabulary, model.config)
    assert again.history == model.history
    assert model.entity_vectors.shape == (PRODUCTS + BRANDS + CATEGORIES, 32)
    assert model.entity_vectors.dtype == np.float32


def test_a_folder_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(EmbedError, match=r"has no model\.json"):
        load_kge(tmp_path)


def test_training_stops_when_validation_no_longer_gains_and_keeps_the_best() -> None:
    facts, held = planted()
    config = replace(LEARNERS["complex"], epochs=500, validate_every=1, patience=3)
    model = train(facts, held, config)
    found = [entry["valid_mrr"] for entry in model.history]
    assert len(found) < 500
    assert len(found) - 1 - int(np.argmax(found)) == 3
    known = all_of(facts, held)
    assert evaluate_link(model, held, known).mrr == pytest.approx(max(found))


def test_a_deadline_ends_training_in_time() -> None:
    facts, held = planted()
    began = time.monotonic()
    model = train(facts, held, replace(SMALL, epochs=10**6), deadline=1.0)
    assert time.monotonic() - began < 5
    assert "valid_mrr" in model.history[-1]


def test_a_deadline_counts_on_after_a_resume(tmp_path: Path) -> None:
    facts, held = planted()
    endless = replace(SMALL, epochs=10**6)
    first = train(facts, held, endless, checkpoint=tmp_path, deadline=0.5)
    second = train(facts, held, endless, checkpoint=tmp_path, resume=True, deadline=0.5)
    assert second.history == first.history
    longer = train(facts, held, endless, checkpoint=tmp_path, resume=True, deadline=1.0)
    assert len(longer.history) > len(first.history)
    assert longer.history[-1]["seconds"] == pytest.approx(1.0, abs=0.4)


class StopNowError(Exception):
    pass


def stop_after(epoch: int) -> object:
    def progress(entry: Mapping[str, float]) -> None:
        if entry["epoch"] == epoch:
            raise StopNowError

    return progress


@pytest.mark.parametrize("name", ["complex", "transe by margin"])
def test_a_resumed_training_equals_an_uninterrupted_one(name: str, tmp_path: Path) -> None:
    facts, held = planted()
    config = replace(LEARNERS[name], epochs=12, validate_every=4, decay=0.5)
    whole = train(facts, held, config)
    with pytest.raises(StopNowError):
        # Epoch 6 is after the state of epoch 4, so two epochs are made again.
        train(facts, held, config, checkpoint=tmp_path, progress=stop_after(6))  # type: ignore[arg-type]

    resumed = train(facts, held, config, checkpoint=tmp_path, resume=True)

    np.testing.assert_array_equal(resumed.entity_vectors, whole.entity_vectors)
    np.testing.assert_array_equal(resumed.relation_vectors, whole.relation_vectors)
    assert [e["loss"] for e in resumed.history] == [e["loss"] for e in whole.history]


def test_a_killed_process_leaves_a_state_to_go_on_from(tmp_path: Path) -> None:
    facts, held = planted()
    process = subprocess.Popen([sys.executable, __file__, str(tmp_path), "200", "1"])
    limit = time.monotonic() + 120
    while not (tmp_path / "latest.json").exists() and time.monotonic() < limit:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    reached = json.loads((tmp_path / "latest.json").read_text())["epoch"]
    assert 0 < reached < 200
    # Half a state that the kill may have left beside the whole one.
    (tmp_path / "state-000201.tmp").write_bytes(b"half")
    longer = replace(SMALL, epochs=reached + 3, validate_every=1)

    resumed = train(facts, held, longer, checkpoint=tmp_path, resume=True)

    whole = train(facts, held, longer)
    np.testing.assert_array_equal(resumed.entity_vectors, whole.entity_vectors)
    assert [file.name for file in tmp_path.glob("state-*")] == [f"state-{reached + 3:06d}.pt"]


@pytest.mark.parametrize(
    ("change", "told"),
    [({"dimension": 8}, "dimension 16, now 8"), ({"seed": 5}, "seed 0, now 5")],
)
def test_a_checkpoint_of_another_training_is_refused(
    change: dict[str, int], told: str, tmp_path: Path
) -> None:
    facts, _ = planted()
    config = replace(SMALL, epochs=1)
    train(facts, None, config, checkpoint=tmp_path)
    with pytest.raises(ConfigError, match=told):
        train(facts, None, replace(config, **change), checkpoint=tmp_path, resume=True)  # type: ignore[arg-type]


def test_a_checkpoint_from_before_a_setting_goes_on(tmp_path: Path) -> None:
    facts, _ = planted()
    train(facts, None, replace(SMALL, epochs=1), checkpoint=tmp_path)
    [file] = tmp_path.glob("state-*.pt")
    state = torch.load(file, weights_only=True)
    del state["config"]["dropout"]
    torch.save(state, file)
    longer = replace(SMALL, epochs=2)
    assert len(train(facts, None, longer, checkpoint=tmp_path, resume=True).history) == 2
    dropping = replace(longer, dropout=0.1)
    with pytest.raises(ConfigError, match=r"dropout 0\.0, now 0\.1"):
        train(facts, None, dropping, checkpoint=tmp_path, resume=True)


def test_a_checkpoint_of_other_entities_is_refused(tmp_path: Path) -> None:
    facts, _ = planted()
    config = replace(SMALL, epochs=1)
    train(facts, None, config, checkpoint=tmp_path)
    names = tuple(f"other {name}" for name in facts.vocabulary.entities)
    others = TripleSet(replace(facts.vocabulary, entities=names), facts.triples)
    with pytest.raises(ConfigError, match="47 entities and 3 relations that are not"):
        train(others, None, config, checkpoint=tmp_path, resume=True)


def test_a_loss_that_is_no_number_is_told() -> None:
    facts, _ = planted()
    with pytest.raises(EmbedError, match=r"Lower the learning rate, which is 1e\+30"):
        train(facts, None, replace(SMALL, n3=1.0, learning_rate=1e30))


def test_nothing_to_learn_from_is_told() -> None:
    facts, _ = planted()
    with pytest.raises(EmbedError, match="no triples"):
        train(replace(facts, triples=facts.triples[:0]), None, SMALL)


def test_two_processes_learn_as_well_as_one(tmp_path: Path) -> None:
    facts, held = planted()
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    arguments = ["--nproc_per_node", "2", __file__, str(tmp_path), "12", "12"]
    subprocess.run([*torchrun, *arguments], check=True)
    two = load_kge(tmp_path / "model")
    one = train(facts, held, replace(SMALL, epochs=12, validate_every=12))
    known = all_of(facts, held)
    mrr = evaluate_link(two, held, known).mrr
    assert mrr > 0.8
    assert mrr == pytest.approx(evaluate_link(one, held, known).mrr, abs=0.05)
    # The shares of a step weigh the same though their answers may differ in number.
    assert two.history[0]["loss"] == pytest.approx(one.history[0]["loss"], rel=0.1)


def main(folder: Path, epochs: int, validate_every: int) -> None:
    """What the processes of the tests above do."""
    facts, held = planted()
    config = replace(SMALL, epochs=epochs, validate_every=validate_every)
    model = train(facts, held, config, checkpoint=folder)
    model.save(folder / "model")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
