"""Doubtful values: asked once, least certain first, and never again once decided."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalograph.errors import InvalidInputError
from catalograph.ingest.extract import Finding
from catalograph.ingest.review_queue import ReviewItem, ReviewQueue, accepted_record, review_item
from catalograph.schema import Span

TEXT = "Acme red lamp of brass"
LAMP = "product:shop:lamp"


def a_doubt(attribute: str, name: str, confidence: float, product: str = LAMP) -> ReviewItem:
    start = TEXT.index(name)
    span = Span("title", start, start + len(name))
    return review_item(
        product, Finding(attribute, name, "tagger", "1", confidence, span), TEXT, "Lamps"
    )


@pytest.fixture
def aside(tmp_path: Path) -> Iterator[ReviewQueue]:
    with ReviewQueue(tmp_path / "home" / "aside.sqlite") as opened:
        yield opened


def test_the_least_certain_comes_first(aside: ReviewQueue) -> None:
    doubts = [a_doubt("brand", "Acme", 0.8), a_doubt("color", "red", 0.45)]
    doubts.append(a_doubt("material", "brass", 0.3))
    assert aside.put(doubts) == 3
    assert [d.finding.name for d in aside.pending()] == ["red", "brass", "Acme"]
    assert aside.pending(limit=1, attribute="brand") == [doubts[0]]


def test_what_was_decided_is_not_asked_again(aside: ReviewQueue) -> None:
    red = a_doubt("color", "red", 0.5)
    aside.put([red])
    aside.decide([red.id], accept=False)
    assert aside.put([red]) == 0
    assert aside.pending() == []
    assert [d.accepted for d in aside.list_decisions([LAMP, "product:shop:other"])[LAMP]] == [False]


def test_an_unknown_id_decides_nothing(aside: ReviewQueue) -> None:
    red = a_doubt("color", "red", 0.5)
    aside.put([red])
    with pytest.raises(InvalidInputError, match="no-such-id"):
        aside.decide([red.id, "no-such-id"], accept=True)
    assert aside.count() == 1


def test_decisions_become_training_rows(aside: ReviewQueue) -> None:
    red, brass = a_doubt("color", "red", 0.5), a_doubt("material", "brass", 0.5)
    aside.put([red, brass, a_doubt("brand", "Acme", 0.5)])
    aside.decide([red.id], accept=True)
    aside.decide([brass.id], accept=False)
    scores = {"color": {"red": 1}, "material": {"n/a": 1}}
    expected = {"input": TEXT, "category": "Lamps", "target_scores": scores}
    assert list(aside.training_rows()) == [expected]


def test_only_accepted_values_are_in_the_record(aside: ReviewQueue) -> None:
    red, brass = a_doubt("color", "red", 0.5), a_doubt("material", "brass", 0.5)
    aside.put([red, brass])
    aside.decide([red.id], accept=True)
    aside.decide([brass.id], accept=False)
    record = accepted_record(LAMP, aside.list_decisions([LAMP])[LAMP])
    assert record.key == "source:shop:decided/lamp"
    assert [t.tail.key for t in record.triples] == ["value:colour=red"]
    assert record.triples[0].support.extractor == "person"


def test_the_file_is_private_and_forgets(aside: ReviewQueue, tmp_path: Path) -> None:
    path = tmp_path / "home" / "aside.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    aside.put([a_doubt("color", "red", 0.5), a_doubt("color", "red", 0.5, "product:shop:b")])
    assert aside.purge(LAMP) == 1
    assert [d.product for d in aside.pending()] == ["product:shop:b"]
