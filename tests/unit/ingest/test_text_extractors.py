"""The registry of text extractors, a new one by one entry, and readers put together."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from catalograph import store
from catalograph.cli import app, feed_writing
from catalograph.errors import ConfigError
from catalograph.ingest import reextract, stream, text_extractors
from catalograph.ingest.extract import Finding
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText
from catalograph.ingest.extraction_stage import ExtractionStage, FailedExtraction
from catalograph.ingest.language.relations import RelationReader
from catalograph.ingest.text_extractors import (
    TEXT_EXTRACTORS,
    ExtractorOption,
    ExtractorRequest,
    TextExtractorEntry,
    extractor_options,
    find_reader,
    make_reader,
)
from catalograph.ingest.text_extractors.combined import ExtractorReader, SeveralReaders
from catalograph.schema import InteractionRecord, SourceRecord, Span
from catalograph.settings import Settings, TextSettings, load_settings
from catalograph.store.queries.texts import DescribedProduct

from .conftest import MemoryWriter

CASE = ProductText("product:shop:case", {"description": "Compatible with Apple iPhone 7."})


class Unavailable:
    name, version = "unavailable", "3"

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        return [ExtractionResult(failure="unavailable: no answer") for _ in products]

    def report(self) -> Mapping[str, Any]:
        return {"calls": 1}

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        return {"requests": len(products)}


def test_rules_alone_find_what_a_product_is_compatible_with() -> None:
    reader = make_reader(load_settings(), {"relations": True})
    [reading] = reader.read([CASE])
    [finding] = reading.accepted
    assert (finding.relation, finding.name) == ("COMPATIBLE_WITH", "Apple iPhone 7")


def test_a_failure_of_one_reader_is_one_of_all() -> None:
    both = SeveralReaders([ExtractorReader(RelationReader()), Unavailable()])
    assert (both.name, both.version) == (
        "relation rules+unavailable",
        f"{RelationReader().version}+3",
    )
    [reading] = both.read([CASE])
    assert reading.failure == "unavailable: no answer"
    assert both.report() == {"calls": 1}
    assert both.estimate([CASE, CASE]) == {"requests": 2}


def test_without_any_reader_the_mend_is_named() -> None:
    labels = (
        "a trained extractor, a model of several tasks, a language model, a recogniser or relations"
    )
    with pytest.raises(ConfigError, match=labels):
        make_reader(load_settings(), {})
    assert find_reader(load_settings(), {}) is None


def test_the_registry() -> None:
    assert [(e.label, [o.name for o in e.options]) for e in TEXT_EXTRACTORS] == [
        ("a trained extractor", ["extractor"]),
        ("a model of several tasks", ["multitask"]),
        ("a language model", ["llm", "llm_share", "examples"]),
        ("a recogniser", ["recogniser"]),
        ("relations", ["relations"]),
    ]


class Shapes:
    """Finds words that are shapes; the throw-away extractor of these tests."""

    name, version = "shapes", "1"

    def __init__(self, words: Sequence[str], sure: float) -> None:
        self._words = words
        self._sure = sure

    def find(self, products: Sequence[ProductText]) -> list[list[Finding]]:
        return [self._find(product.texts["title"]) for product in products]

    def _find(self, title: str) -> list[Finding]:
        return [
            Finding("shape", word, self.name, self.version, self._sure, Span("title", at, at + n))
            for word in self._words
            if (at := title.find(word)) >= 0 and (n := len(word))
        ]


def make_shapes(request: ExtractorRequest) -> ExtractorReader | None:
    words = request.options["shape"]
    return ExtractorReader(Shapes(words, request.options["shape_sure"])) if words else None


SHAPES = TextExtractorEntry(
    label="shapes",
    options=(
        ExtractorOption("shape", list[str] | None, None, "Word that is a shape; repeatable."),
        ExtractorOption("shape_sure", float, 0.9, "How sure it is.", least=0, most=1),
    ),
    make=make_shapes,
)


class EmptyGraph:
    """A graph in which no question was asked."""

    def read(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        """Find nothing."""
        return []


class Store(MemoryWriter):
    """Records in memory, beside a graph in which no question was asked."""

    connection = EmptyGraph()


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings) -> Store:
    """Commands write to the returned store, and have the throw-away extractor."""
    opened = Store()

    @contextmanager
    def open_memory(settings: Settings, *, read_only: bool = False) -> Iterator[Store]:
        yield opened

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("catalograph.settings.load_settings", lambda: settings)
    monkeypatch.setattr(store, "open_store", open_memory)
    monkeypatch.setattr(feed_writing, "place_changed_products", lambda *_: None)
    monkeypatch.setattr(text_extractors, "TEXT_EXTRACTORS", (*TEXT_EXTRACTORS, SHAPES))
    Path("shop.jsonl").write_bytes(orjson.dumps({"id": "1", "title": "Round red mug"}))
    Path("shop.yaml").write_text("kind: catalog\nsource: shop\nid: [id]\ntitle: title\n")
    return opened


def shapes_in(opened: Store) -> list[tuple[str, float | None]]:
    record = opened.records["source:shop:text/1"]
    assert isinstance(record, SourceRecord)
    return [(t.tail.key, t.support.confidence) for t in record.triples]


def run_command(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["ingest", *words, "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


def test_one_entry_reads_texts_with_a_catalogue(shop: Store) -> None:
    """Given a new entry, `ingest catalog` takes its options and writes what it finds."""
    report = run_command(
        "catalog", "shop.jsonl", "--mapping", "shop.yaml", "--shape", "Round", "--shape", "Oval"
    )
    assert (report["texts"]["read"], report["texts"]["accepted"]) == (1, 1)
    assert shapes_in(shop) == [("value:shape=round", 0.9)]


def test_one_entry_reads_texts_that_are_in_the_graph(
    shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a product in the graph and a new entry, `ingest texts` reads it."""
    run_command("catalog", "shop.jsonl", "--mapping", "shop.yaml")
    assert list(shop.records) == ["source:shop:catalog/1"]
    known = DescribedProduct("product:shop:1", "Round red mug", None, None, frozenset())
    monkeypatch.setattr(reextract, "read_texts", lambda connection, keys: [known])
    report = run_command("texts", "--shape=Round", "--shape-sure", "0.5", "--relations")
    assert (report["read"], report["accepted"]) == (1, 1)
    assert shapes_in(shop) == [("value:shape=round", 0.5)]


@pytest.mark.usefixtures("shop")
def test_commands_show_check_and_ask_for_options_of_the_registry() -> None:
    for command in ("catalog", "texts", "watch", "stream"):
        shown = CliRunner().invoke(app, ["ingest", command, "--help"]).stdout
        for option in extractor_options():
            assert f"--{option.name.replace('_', '-')} " in shown
    wrong = CliRunner().invoke(app, ["ingest", "texts", "--shape-sure", "2"])
    assert (wrong.exit_code, "--shape-sure" in wrong.output) == (2, True)
    nothing = CliRunner().invoke(app, ["ingest", "texts"])
    assert isinstance(nothing.exception, ConfigError)
    assert "a recogniser, relations or shapes" in str(nothing.exception)


@pytest.mark.usefixtures("shop")
def test_options_reach_an_extractor_as_values_of_their_types(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Mapping[str, Any]] = []

    def note_request(request: ExtractorRequest) -> None:
        asked.append(request.options)

    monkeypatch.setattr(
        text_extractors,
        "TEXT_EXTRACTORS",
        [TextExtractorEntry(e.label, e.options, note_request) for e in TEXT_EXTRACTORS],
    )
    words = ["--llm", "--llm-share", "1", "--examples", "a.jsonl", "--examples", "b.jsonl"]
    run_command("catalog", "shop.jsonl", "--mapping", "shop.yaml", *words)
    run_command("catalog", "shop.jsonl", "--mapping", "shop.yaml", "--extractor", "folder")
    defaults = {"extractor": None, "llm": False, "llm_share": 0.25, "examples": None}
    defaults |= {"recogniser": None, "multitask": None}
    assert asked[::5] == [
        defaults
        | {"llm": True, "llm_share": 1.0, "examples": [Path("a.jsonl"), Path("b.jsonl")]}
        | {"relations": False},
        defaults | {"extractor": Path("folder"), "relations": False},
    ]


def test_a_watched_folder_is_read_by_the_same_extractors(shop: Store) -> None:
    for kind in ("catalog", "reviews"):
        Path("in", kind).mkdir(parents=True)
    Path("shop.jsonl").rename("in/catalog/shop.jsonl")
    review = {"review_id": "1", "user_id": "u", "product_id": "1", "text": "The battery is bad."}
    Path("reviews.yaml").write_text(
        "kind: reviews\nsource: shop\nid: review_id\nuser: user_id\nproduct: product_id\n"
        "text: text\n"
    )
    for mapping, words in (
        ("shop.yaml", ["--shape", "Round"]),
        ("reviews.yaml", ["--aspects", "rules"]),
    ):
        if mapping == "reviews.yaml":
            Path("in/reviews/r.jsonl").write_bytes(orjson.dumps(review))
        done = CliRunner().invoke(
            app, ["ingest", "watch", "in", "--once", "--settle", "0", "--mapping", mapping, *words]
        )
        assert done.exit_code == 0, done.output
    assert shapes_in(shop) == [("value:shape=round", 0.9)]
    review_record = shop.records["review:shop:1"]
    assert isinstance(review_record, InteractionRecord)
    assert [tail.key for tail, _ in review_record.mentions] == ["value:aspect=battery"]


def test_a_stream_is_read_by_the_same_extractors(
    shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given messages of a broker that is replaced, the rest of the command is the real one."""
    row = orjson.loads(Path("shop.jsonl").read_bytes())

    def consume(consumer: None, taken: Any, ends: None, stop: Any) -> None:
        taken.write([stream._Message(0, 0, b"1", orjson.dumps(row))])

    monkeypatch.setattr(stream, "_consumer", lambda topic, mapping: nullcontext())
    monkeypatch.setattr(stream, "_end_offsets", lambda consumer, topic: None)
    monkeypatch.setattr(stream, "_consume", consume)
    report = run_command("stream", "--topic", "t", "--mapping", "shop.yaml", "--shape", "Round")
    assert report["texts"]["accepted"] == 1
    assert shapes_in(shop) == [("value:shape=round", 0.9)]


def test_settings_name_extractors_for_every_way_in() -> None:
    texts = TextSettings(relations=True)
    settings = load_settings(texts=texts)
    reader = find_reader(settings, {"relations": False, "llm": False})
    assert reader is not None
    assert reader.name == RelationReader().name


def test_a_reader_that_breaks_costs_no_product(writer: MemoryWriter) -> None:
    class Broken(Unavailable):
        def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
            raise ValueError("a bug")

    unread: list[FailedExtraction] = []
    stage = ExtractionStage(writer, Broken(), "run", unread=unread.extend)
    stage.read([CASE])
    assert [(u.product, u.reason) for u in unread] == [(CASE, "ValueError: a bug")]
    assert (stage.counts.read, stage.counts.failed) == (0, 1)


def test_the_recogniser_of_train_ner_reads_a_catalogue(shop: Store, tmp_path: Path) -> None:
    lines = []
    for n in range(60):
        brand, kind = ("雅鹿", "恒源", "南极")[n % 3], ("毛衣", "衬衫", "外套")[n // 3 % 3]
        tags = ["B-HPPX", "I-HPPX", "O", "O", "B-HCCX", "I-HCCX"]
        title = f"{brand}{('男款', '女款')[n % 2]}{kind}"
        lines += [f"{char} {tag}" for char, tag in zip(title, tags, strict=True)] + [""]
    Path("tagged.bio").write_text("\n".join(lines), encoding="utf-8")
    trained = CliRunner().invoke(app, ["train", "ner", "tagged.bio", "--output", "ner"])
    assert trained.exit_code == 0, trained.output
    Path("shop.jsonl").write_bytes(orjson.dumps({"id": "1", "title": "雅鹿女款外套"}))
    run_command("catalog", "shop.jsonl", "--mapping", "shop.yaml", "--recogniser", "ner")
    record = shop.records["source:shop:text/1"]
    assert isinstance(record, SourceRecord)
    assert {t.tail.key for t in record.triples} == {"brand:雅鹿", "value:product type=外套"}
