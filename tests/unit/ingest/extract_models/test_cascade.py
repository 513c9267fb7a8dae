import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from catalograph.errors import ConfigError, TrainingDataError
from catalograph.ingest.extract.cascade import (
    Cascade,
    Decision,
    JudgedFinding,
    attribute_name,
    category_name,
)
from catalograph.ingest.extract.examples import ProductExample
from catalograph.ingest.extract.findings import BRAND, Finding
from catalograph.ingest.extract.llm_fallback import (
    LlmFallbackReader,
    least_certain,
    resolve_outcome,
)
from catalograph.ingest.extract.persistence import load_extractor, train
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText
from catalograph.ingest.extract.tagger import TaggerSettings
from catalograph.ingest.extract.training import CascadeSettings, cascade_settings, fit_cascade
from catalograph.schema import Span

# Checkpoints of a tiny model are less than a second apart.
pytestmark = [pytest.mark.filterwarnings("ignore:mtime may not be reliable"), pytest.mark.slow]

NEW = ProductText("product:x:1", {"title": "Numi Organic Lemon Tea, 20 Count"}, "Drinks > Tea")


@pytest.fixture(scope="module")
def settings(tiny: TaggerSettings) -> CascadeSettings:
    return CascadeSettings(tagger=tiny, folds=2, crf_folds=2)


@pytest.fixture(scope="module")
def folder(
    teas: list[ProductExample], settings: CascadeSettings, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("cascade")
    train(teas, settings, path)
    return path


@pytest.fixture(scope="module")
def cascade(folder: Path) -> Cascade:
    return load_extractor(folder)


def test_a_cascade_reads_the_values_of_a_new_product_with_their_places(cascade: Cascade) -> None:
    (judged,) = cascade.judge([NEW])
    found = {j.finding.attribute: j.finding for j in judged if j.decision is not Decision.DROP}
    assert {name: f.name for name, f in found.items()} == {
        BRAND: "Numi",
        "flavor": "Lemon",
        "size": "20 Count",
    }
    for finding in found.values():
        start, end = finding.span.start, finding.span.end
        assert NEW.texts[finding.span.field][start:end] == finding.name
        assert 0 < finding.confidence < 1
    assert found[BRAND].relation == "HAS_BRAND"


def test_what_columns_tell_is_not_looked_for(cascade: Cascade) -> None:
    (judged,) = cascade.judge([replace(NEW, known=frozenset({"flavor"}))])
    assert "flavor" not in {j.finding.attribute for j in judged}


def test_products_without_texts_and_in_unknown_categories_are_answered(cascade: Cascade) -> None:
    empty = ProductText("product:x:2", {})
    strange = ProductText("product:x:3", {"title": "★"}, "Garden")
    abroad = replace(NEW, category="Garden")
    found = cascade.read([empty, NEW, strange, abroad])
    assert found[0] == ExtractionResult()
    assert found[1] == cascade.read([NEW])[0]
    assert found[2].accepted == ()
    # In a category that was not learned nothing is accepted, but something may be set aside.
    assert found[3].accepted == ()
    assert "Numi" in [finding.name for finding in found[3].aside]


@pytest.mark.parametrize(
    "text", [" \n\t", "\u200b\u200b", "★" * 400, "Numi Tea " * 300, "İ\u0301ß Ⅻ", "\x00 Tea"]
)
def test_odd_texts_are_read_and_spans_stay_inside(cascade: Cascade, text: str) -> None:
    odd = ProductText("product:x:4", {"title": text, "description": text}, "tea " * 90)
    plain = replace(odd, category="tea")
    for product, listed in zip([odd, plain], cascade.judge([odd, plain]), strict=True):
        for judged in listed:
            span = judged.finding.span
            assert product.texts[span.field][span.start : span.end] == judged.finding.name


def test_a_folder_holds_weights_card_and_nothing_that_runs(
    folder: Path, cascade: Cascade, teas: list[ProductExample]
) -> None:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"card.json", "card.md", "config.json", "gazetteer.jsonl"} <= names
    assert "tagger-1/model.safetensors" in names
    assert not [name for name in names if name.endswith((".pkl", ".bin", ".pt"))]
    card = json.loads((folder / "card.json").read_text())
    assert card["version"] == cascade.version
    assert card["data"]["examples"] == len(teas)
    assert card["validation"]["micro_f1"] > 0.8
    assert "left" not in card["limits"]


def test_a_training_that_was_stopped_takes_up_the_finished_taggers(
    teas: list[ProductExample], settings: CascadeSettings, tmp_path: Path
) -> None:
    first, _ = fit_cascade(teas, settings, tmp_path)
    said: list[str] = []
    again, _ = fit_cascade(teas, settings, tmp_path, said.append)
    assert said == ["Tagger 1 of 2: finished before.", "Tagger 2 of 2: finished before."]
    assert again.judge([NEW]) == first.judge([NEW])
    # Other examples are another training.
    fit_cascade(teas[1:], replace(settings, kind="tagger"), tmp_path, said.append)
    assert said[2] == "Tagger 1 of 2: 14 texts."


@dataclass(frozen=True)
class Said:
    """What the oracle says of a product."""

    findings: tuple[Finding, ...] = ()
    failure: str | None = None
    proposals: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Cost:
    requests: int


class Oracle:
    """A language model that knows one answer, or none."""

    name = "oracle"
    version = "1"

    def __init__(self, failure: str | None = None) -> None:
        self.asked: list[str] = []
        self._failure = failure

    def run(self, products: Sequence[ProductText]) -> list[Said]:
        self.asked += [product.key for product in products]
        said = Finding("origin", "Peru", "oracle", "1", 0.7, Span("title", 0, 4))
        new = replace(said, attribute="harvest", name="Acme", extractor="llm proposal")
        if self._failure:
            return [Said((), self._failure) for _ in products]
        return [Said((said,), None, (new,)) for _ in products]

    def report(self) -> Mapping[str, Any]:
        return {"asked": len(self.asked)}

    def estimate(self, products: Sequence[ProductText]) -> Any:
        return Cost(len(products))


ODD = ProductText("product:x:odd", {"title": "Acme Quux Numi 20 Tea Count"}, "tea")


def test_the_model_is_asked_for_the_least_certain_share_only(cascade: Cascade) -> None:
    sure = [replace(NEW, key=f"product:x:{n}") for n in range(3)]
    products = [sure[0], ODD, *sure[1:]]
    oracle = Oracle()
    reader = LlmFallbackReader(cascade, oracle, 0.25)
    readings = reader.read(products)
    assert least_certain(cascade.judge(products), 0.25) == [1]
    assert oracle.asked == ["product:x:odd"]
    assert reader.calls == 1
    # What the model says alone, and not surely enough, is set aside.
    assert "Peru" in [f.name for f in readings[1].aside]
    assert readings[1].aside[-1].attribute == "harvest"
    assert readings[0] == cascade.read([sure[0]])[0]


def test_what_the_model_would_cost_is_told_before(cascade: Cascade) -> None:
    oracle = Oracle()
    assert LlmFallbackReader(cascade, oracle, 0.5).estimate([NEW, ODD]) == {"requests": 1}
    assert oracle.asked == []


def test_a_product_that_the_model_failed_at_is_to_be_read_again(cascade: Cascade) -> None:
    readings = LlmFallbackReader(cascade, Oracle("no answer in 60 s"), 1.0).read([NEW])
    assert readings == [ExtractionResult(failure="no answer in 60 s")]


def test_a_doubtful_value_that_the_model_says_too_is_accepted() -> None:
    span = Span("title", 0, 4)
    mint = Finding("flavor", "Mint", "cascade", "1", 0.5, span)
    lemon = replace(mint, name="Lemon", extractor="llm", confidence=0.7)
    doubtful = [JudgedFinding(mint, Decision.ASIDE, agreed=False)]
    same = replace(mint, extractor="llm", confidence=0.7)
    assert resolve_outcome(doubtful, [same], 0.9) == ExtractionResult((same,), ())
    assert resolve_outcome(doubtful, [lemon], 0.9) == ExtractionResult((), (mint, lemon))
    assert resolve_outcome(doubtful, [lemon], 0.6) == ExtractionResult((lemon,), ())
    accepted = [JudgedFinding(mint, Decision.ACCEPT, agreed=True)]
    assert resolve_outcome(accepted, [lemon], 0.6) == ExtractionResult((mint,), ())


def test_names_are_brought_to_one_form() -> None:
    assert attribute_name("Brand Name") == attribute_name(" BRAND ") == BRAND
    assert attribute_name("Net  Content") == "net content"
    assert category_name("Food > Tea") == "tea"
    assert category_name("") == ""


def test_wrong_settings_folders_and_data_are_said(
    teas: list[ProductExample], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="No extractor 'magic'"):
        cascade_settings("magic", "seed")
    with pytest.raises(ConfigError, match="No preset 'slow'"):
        cascade_settings("crf", "slow")
    with pytest.raises(ConfigError, match="No trained extractor could be read"):
        load_extractor(tmp_path)
    with pytest.raises(TrainingDataError, match="3 examples are too few"):
        fit_cascade(teas[:3], CascadeSettings("dictionary"))
    unlabelled = [ProductExample(e.texts, e.category) for e in teas]
    with pytest.raises(TrainingDataError, match="No extractor proposes"):
        fit_cascade(unlabelled, CascadeSettings("dictionary"))
