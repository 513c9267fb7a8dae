"""What reads the output of each kind of model: the table agrees with the code."""

from pathlib import Path

import pytest

from catalograph.schema.model_kinds import (
    CONTENDERS,
    LEARNED_AGAIN,
    MODEL_KINDS,
    ModelKindSpec,
)

TREE = Path(__file__).parents[3]
ROOTS = tuple(TREE / root / "catalograph" for root in ("schema", "ingest", "embed", "api"))
STATEMENTS = (
    "store/cypher/queries/*.cypher",
    "store/cypher/fragments/*.cypher",
    "store/analyst/queries/*.cypher",
    "store/queries/**/*.py",
)
"""Where answers are read: a place here that names a kind is one of its readers."""
HELD_BY = {
    "store.cypher.fragments.shopper_history": "store.cypher.queries.read_recommendations",
    "store.cypher.fragments.shared_facts": "store.cypher.queries.read_recommendations",
    "store.cypher.queries.read_placed_edges": "store.queries.artefact_ranking",
    "store.cypher.queries.read_product_facts": "store.queries.artefact_ranking",
}
"""Fragments and statements that are a part of another place."""


def file_of(place: str) -> Path:
    """Return the module or the statement of a dotted path."""
    found = [
        path
        for root in ROOTS
        for suffix in (".py", ".cypher")
        if (path := root / f"{place.replace('.', '/')}{suffix}").is_file()
    ]
    assert len(found) == 1, f"{place} is {found}"
    return found[0]


def names(kind: ModelKindSpec) -> list[str]:
    """Return what only code that reads the kind contains."""
    quoted = [f"{kind.name}_embedding_", f"kind: '{kind.name}'"]
    return [*quoted, *(f":{relation}" for relation in kind.relations)]


def mentions(kind: ModelKindSpec, text: str) -> bool:
    lists = {"CONTENDERS": CONTENDERS, "LEARNED_AGAIN": LEARNED_AGAIN}
    more = [f'"{kind.name}"', *(name for name, kinds in lists.items() if kind.name in kinds)]
    return any(name in text for name in [*names(kind), *more])


@pytest.mark.parametrize("kind", MODEL_KINDS.values(), ids=MODEL_KINDS)
def test_every_kind_is_read_or_says_what_it_lost_against(kind: ModelKindSpec) -> None:
    assert kind.readers or kind.lost
    assert not kind.lost or kind.lost.endswith(".")
    assert len(set(kind.readers)) == len(kind.readers)
    for reader in kind.readers:
        assert not reader.place.startswith("evaluation"), reader
        assert mentions(kind, file_of(reader.place).read_text(encoding="utf-8")), reader


def test_every_place_that_answers_by_a_kind_is_in_the_table() -> None:
    missing = []
    for root in ROOTS:
        for pattern in STATEMENTS:
            for path in root.glob(pattern):
                place = ".".join(path.relative_to(root).with_suffix("").parts)
                place, text = HELD_BY.get(place, place), path.read_text(encoding="utf-8")
                missing += [
                    (kind.name, place)
                    for kind in MODEL_KINDS.values()
                    if any(name in text for name in names(kind))
                    and place not in {reader.place for reader in kind.readers}
                ]
    assert missing == []


def test_a_reader_that_is_gone_is_found() -> None:
    text = file_of("store.cypher.queries.search_products").read_text(encoding="utf-8")
    assert mentions(MODEL_KINDS["text"], text)
    assert not mentions(MODEL_KINDS["structure"], text)
    with pytest.raises(AssertionError, match="no_such_statement"):
        file_of("store.cypher.queries.no_such_statement")
