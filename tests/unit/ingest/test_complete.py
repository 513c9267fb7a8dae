"""Imputation on a made-up catalogue in which graph, text and neighbours each know something."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from catalograph.embed.facts import SCORED_MODELS, EmbeddingScorer
from catalograph.errors import TrainingDataError
from catalograph.evaluation.completion import (
    ALL,
    evaluate,
)
from catalograph.ingest.complete import (
    COMBINED,
    EMBEDDING,
    METHODS,
    Catalogue,
    Imputer,
    read_catalogue,
)
from catalograph.ingest.complete.catalogue import facts_of, leave_out
from tests import small_shop

BRANDS = ("Aldova", "Brenwick", "Cortesa", "Dunmore")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("shop")
    small_shop.write_catalog(folder / "shop.jsonl")
    (folder / "mapping.yaml").write_text(
        "{kind: catalog, source: shop, id: id, title: title, brand: brand, category: category}"
    )
    return read_catalogue(folder / "shop.jsonl", str(folder / "mapping.yaml"))


@pytest.fixture(scope="module")
def linked() -> Catalogue:
    """400 products whose texts say nothing; each is bought with others of its brand."""
    n = 400
    brands = [BRANDS[i % 4] for i in range(n)]
    links = [(i, f"product:s:{(i + 4 * step) % n:03}") for i in range(n) for step in (1, 2, 5)]
    return Catalogue(
        tuple(f"product:s:{i:03}" for i in range(n)),
        ("thing",) * n,
        {"brand": facts_of((i, f"brand:{name}") for i, name in enumerate(brands))},
        {"ALSO_BOUGHT": facts_of(links)},
    )


def test_read_catalogue(shop: Catalogue) -> None:
    assert len(shop.keys) == len(shop.texts) == 200
    assert {name: len(facts.tails) for name, facts in shop.fields.items()} == {
        "brand": 5, "category": 10,
    }  # fmt: skip
    assert len(shop.fields["brand"].pairs) == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        "distmult",
        *(pytest.param(one, marks=pytest.mark.heavy) for one in ("complex", "transe", "rotate")),
    ],
)
def test_an_embedding_is_one_more_method(linked: Catalogue, model: str) -> None:
    def learn(products: Any, facts: Any) -> EmbeddingScorer:
        assert set(facts) == {"brand", "link ALSO_BOUGHT"}
        return EmbeddingScorer(products, facts, SCORED_MODELS[model], "cpu")

    found = evaluate(linked, seed=1, learner=learn)
    rows = {r.model: r.metrics for r in found if r.config["attribute"] == ALL}
    assert set(rows) == {*METHODS, COMBINED}
    assert rows[EMBEDDING]["accuracy"] > 0.9
    assert rows[EMBEDDING]["calibration_error"] < 0.15  # of eighty hidden values
    assert rows[COMBINED]["accuracy"] > 0.95


def test_links_tell_what_texts_do_not(linked: Catalogue) -> None:
    rows = {r.model: r.metrics for r in evaluate(linked, seed=1) if r.config["attribute"] == ALL}
    assert set(rows) == {*METHODS, COMBINED} - {EMBEDDING}
    assert rows["graph"]["accuracy"] > 0.95
    assert rows["text"]["accuracy"] < 0.5
    assert rows[COMBINED]["accuracy"] > 0.95
    assert rows[COMBINED]["precision"] > 0.95


def test_texts_tell_what_the_graph_does_not(shop: Catalogue) -> None:
    found = {(r.config["attribute"], r.model): r for r in evaluate(shop, min_confidence=0.5)}
    assert found["brand", "text"].n == 40
    assert found["brand", "text"].metrics["accuracy"] > 0.8
    assert found["brand", "graph"].metrics["accuracy"] < 0.5
    assert found[ALL, COMBINED].metrics["accuracy"] > 0.8


def test_guesses_do_not_see_what_is_hidden(shop: Catalogue) -> None:
    rows = np.arange(0, 200, 7)
    imputer = Imputer(shop)
    known = {"brand": leave_out(shop.fields["brand"], rows), "category": shop.fields["category"]}
    swapped = facts_of(
        (n, shop.fields["brand"].tails[4 - tail] if n in rows else shop.fields["brand"].tails[tail])
        for n, tail in shop.fields["brand"].pairs.tolist()
    )
    first = imputer.guess(known, {"brand": rows})["brand"][COMBINED]
    again = imputer.guess({**known, "brand": leave_out(swapped, rows)}, {"brand": rows})["brand"][
        COMBINED
    ]
    assert first.tails == again.tails
    assert np.array_equal(first.confidence, again.confidence)
    assert ((first.confidence > 0) & (first.confidence < 1)).all()


def test_an_attribute_is_missing_only_where_it_applies() -> None:
    n = 200
    texts = tuple("usb cable braided" if i % 2 else "led monitor panel" for i in range(n))
    told = [(i, f"value:panel={i % 4}") for i in range(0, n, 2) if i % 10]
    catalogue = Catalogue(
        tuple(f"product:s:{i:03}" for i in range(n)), texts, {"panel": facts_of(told)}, {}
    )
    missing = Imputer(catalogue).missing(catalogue.fields, "panel")
    assert missing.tolist() == list(range(0, n, 10))


def test_a_field_of_few_products_is_told(shop: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="colour can be completed here.*brand, category"):
        evaluate(shop, fields=["colour"])


def test_measures_cannot_be_completed() -> None:
    facts = facts_of((i, f"value:weight={i} g") for i in range(100))
    catalogue = Catalogue(
        tuple(f"product:s:{i:03}" for i in range(100)), ("a thing",) * 100, {"weight": facts}, {}
    )
    assert Imputer(catalogue).eligible(catalogue.fields) == []


def test_rows_are_one_json_object_each(shop: Catalogue) -> None:
    (row, *_) = evaluate(shop, fields=["brand"])
    assert orjson.loads(orjson.dumps(row))["config"]["attribute"] == ALL
