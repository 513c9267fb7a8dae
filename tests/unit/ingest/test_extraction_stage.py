"""The text stage: nothing is read twice, nothing decided is overruled, every product counted."""

from collections.abc import Mapping, Sequence

from catalograph.ingest.extract import Finding
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText
from catalograph.ingest.extraction_stage import ExtractionStage, FailedExtraction
from catalograph.schema import Node, SourceRecord, SourceSupport, Span, Triple, brand, category
from catalograph.store.queries.review_queue import ReviewQuestion


class Store:
    """Remembers records by key; the real one is in the integration tests."""

    def __init__(self) -> None:
        self.records: dict[str, SourceRecord] = {}

    def read_content_hashes(self, keys: Sequence[str]) -> Mapping[str, str]:
        return {k: self.records[k].content_hash for k in keys if k in self.records}

    def write_records(self, records: Sequence[SourceRecord], run: str) -> None:
        self.records |= {r.key: r for r in records}


class Questions:
    """Remembers questions and settled values; the real queue is in the integration tests."""

    def __init__(self) -> None:
        self.waiting: dict[str, ReviewQuestion] = {}
        self.settled: dict[str, frozenset[str]] = {}

    def put(self, questions: Sequence[ReviewQuestion]) -> int:
        before = len(self.waiting)
        self.waiting |= {question.key: question for question in questions}
        return len(self.waiting) - before

    def list_settled(self, products: Sequence[str]) -> Mapping[str, frozenset[str]]:
        return self.settled


class ColourReader:
    """Accepts the first word as colour, doubts the second, fails on the word 'broken'."""

    name = "colours"

    def __init__(self, version: str = "1") -> None:
        self.version = version
        self.asked: list[ProductText] = []

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        self.asked += products
        return [self._reading(p.texts["title"]) for p in products]

    def report(self) -> Mapping[str, int]:
        return {"asked": len(self.asked)}

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, int]:
        return {"requests": len(products)}

    def _reading(self, title: str) -> ExtractionResult:
        if "broken" in title:
            return ExtractionResult(failure="no answer")
        first, second = title.split()[:2]
        span = Span("title", 0, len(first))
        sure = Finding("color", first, self.name, self.version, 0.9, span)
        start = title.index(second)
        span = Span("title", start, start + len(second))
        return ExtractionResult(
            (sure,), (Finding("style", second, self.name, self.version, 0.4, span),)
        )


def record(id_: str, title: str, *triples: tuple[str, Node]) -> SourceRecord:
    key = f"product:shop:{id_}"
    node = Node("Product", key, {"source": "shop", "id": id_, "listed": True, "title": title})
    said = tuple(Triple(key, relation, tail, SourceSupport("column")) for relation, tail in triples)
    return SourceRecord(f"source:shop:catalog/{id_}", "shop", "1", (node,), said)


def test_what_columns_and_category_tell_is_known_to_the_reader() -> None:
    reader = ColourReader()
    lamp = record(
        "a", "red lamp", ("HAS_BRAND", brand("Acme")), ("IN_CATEGORY", category(["Home", "Lamps"]))
    )
    ExtractionStage(Store(), reader, "run").take([lamp])
    [asked] = reader.asked
    assert asked.known == {"brand"}
    assert asked.category == "Lamps"


def test_an_unchanged_product_is_not_read_again() -> None:
    store, reader = Store(), ColourReader()
    records = [record("a", "red lamp"), record("b", "blue chair")]
    ExtractionStage(store, reader, "run 1").take(records)
    stage = ExtractionStage(store, reader, "run 2")
    stage.take([records[0], record("b", "green chair")])
    assert [p.texts["title"] for p in reader.asked] == ["red lamp", "blue chair", "green chair"]
    assert (stage.counts.unchanged, stage.counts.read) == (1, 1)
    [triple] = store.records["source:shop:text/b"].triples
    assert triple.tail.key == "value:colour=green"


def test_another_version_of_the_reader_reads_again() -> None:
    store = Store()
    ExtractionStage(store, ColourReader("1"), "run").take([record("a", "red lamp")])
    reader = ColourReader("2")
    ExtractionStage(store, reader, "run").take([record("a", "red lamp")])
    assert len(reader.asked) == 1


def test_a_failed_product_is_told_and_read_next_time() -> None:
    store, reader = Store(), ColourReader()
    unread: list[FailedExtraction] = []
    stage = ExtractionStage(store, reader, "run", unread=unread.extend)
    stage.take([record("a", "broken lamp"), record("b", "blue chair")])
    assert [(u.product.key, u.reason) for u in unread] == [("product:shop:a", "no answer")]
    assert list(store.records) == ["source:shop:text/b"]
    c = stage.counts
    assert c.products == 2 == c.unchanged + c.read + c.failed
    stage.take([record("a", "broken lamp")])
    assert len(reader.asked) == 3


def test_doubts_are_set_aside_and_a_settled_value_stays_out() -> None:
    store, questions = Store(), Questions()
    stage = ExtractionStage(store, ColourReader(), "run", queue=questions)
    stage.take([record("a", "red lamp")])
    [waiting] = questions.waiting.values()
    assert (waiting.question["proposed"], waiting.tail) == ("lamp", "value:style=lamp")
    assert stage.counts.aside == 1
    questions.settled = {"product:shop:a": frozenset({"value:style=lamp"})}

    class Sure(ColourReader):
        def _reading(self, title: str) -> ExtractionResult:
            reading = super()._reading(title)
            return ExtractionResult((*reading.accepted, *reading.aside))

    stage = ExtractionStage(store, Sure("2"), "run", queue=questions)
    stage.take([record("a", "red lamp")])
    tails = [t.tail.key for t in store.records["source:shop:text/a"].triples]
    assert tails == ["value:colour=red"]
    assert stage.counts.refused == 1


def test_a_column_is_not_contradicted() -> None:
    store = Store()
    value = Node("Value", "value:colour=blue", {"attribute": "colour", "name": "blue"})
    stage = ExtractionStage(store, ColourReader(), "run")
    stage.take([record("a", "red lamp", ("HAS_VALUE", value))])
    assert store.records["source:shop:text/a"].triples == ()
    assert stage.counts.refused == 1


def test_a_dry_run_only_estimates() -> None:
    store, reader = Store(), ColourReader()
    ExtractionStage(store, reader, "run").take([record("a", "red lamp")])
    stage = ExtractionStage(store, reader, None)
    stage.take([record("a", "red lamp"), record("b", "blue chair")])
    stage.take([record("c", "green chair")])
    assert stage.report() == {"products": 3, "unchanged": 1, "estimate": {"requests": 2}}
    assert len(reader.asked) == 1
