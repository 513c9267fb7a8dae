"""Storage of a trained cascade: weights, labels, calibration, thresholds and a model card."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from catalograph.errors import ConfigError
from catalograph.ingest.extract.calibrate import AttributeCalibration
from catalograph.ingest.extract.cascade import Cascade
from catalograph.ingest.extract.crf import CategoryCrf
from catalograph.ingest.extract.examples import ProductExample
from catalograph.ingest.extract.gazetteer import Gazetteer
from catalograph.ingest.extract.proposals import Extractors, KnownAttributes
from catalograph.ingest.extract.scorer import CandidateScorer, Thresholds, Validation
from catalograph.ingest.extract.training import CascadeSettings, fingerprint, fit_cascade

_FORMAT = 1
_CONFIG = "config.json"
_GAZETTEER = "gazetteer.jsonl"


def train(
    examples: Sequence[ProductExample],
    settings: CascadeSettings,
    folder: Path,
    progress: Callable[[str], None] = lambda line: None,
) -> tuple[Cascade, Validation]:
    """Train a cascade and write it to a folder; resume an interrupted training.

    Args:
        examples: labelled texts.
        settings: settings of the training.
        folder: output folder, created if missing.
        progress: callback that receives the current step.

    Raises:
        TrainingDataError: there are too few examples, or none has a value.
        MissingExtraError: the extra `extract` is not installed.
    """
    cascade, validation = fit_cascade(examples, settings, folder / "work", progress)
    save(cascade, folder)
    shutil.rmtree(folder / "work", ignore_errors=True)
    card = _card(examples, settings, cascade, validation)
    (folder / "card.json").write_text(_json(card))
    (folder / "card.md").write_text(_markdown(card))
    return cascade, validation


def save(cascade: Cascade, folder: Path) -> None:
    """Write a cascade as plain files and safetensors, which run no code when read."""
    folder.mkdir(parents=True, exist_ok=True)
    extractors, scorer = cascade.extractors, cascade.scorer
    rows = extractors.gazetteer.to_rows()
    (folder / _GAZETTEER).write_text("".join(json.dumps(row) + "\n" for row in rows))
    fields = extractors.crf.models if extractors.crf is not None else {}
    for n, model in enumerate(fields.values()):
        (folder / f"crf-{n}.crfsuite").write_bytes(model)
    for n, text in enumerate(scorer.models):
        (folder / f"scorer-{n}.txt").write_text(text)
    if extractors.taggers:
        from catalograph.ingest.extract.tagger.fit import save_tagger

        for n, tagger in enumerate(extractors.taggers):
            save_tagger(tagger, folder / f"tagger-{n}")
    config = {
        "format": _FORMAT,
        "version": cascade.version,
        "kind": scorer.kind,
        "crf": list(fields) if extractors.crf is not None else None,
        "taggers": len(extractors.taggers),
        "scorers": len(scorer.models),
        "known": asdict(cascade.known),
        "calibration": asdict(scorer.calibration),
        "thresholds": asdict(scorer.thresholds),
    }
    (folder / _CONFIG).write_text(_json(config))  # last: without it the folder is not a cascade


def load_extractor(folder: Path) -> Cascade:
    """Read a trained cascade.

    Raises:
        ConfigError: the folder holds no cascade, or a damaged one.
        MissingExtraError: the extra `extract` is not installed.
    """
    try:
        config = json.loads((folder / _CONFIG).read_text())
        if config["format"] != _FORMAT:
            raise ConfigError(
                f"The extractor in {folder} has format {config['format']}, expected {_FORMAT}. "
                "Train it again with this version."
            )
        with (folder / _GAZETTEER).open() as lines:
            gazetteer = Gazetteer.from_rows(json.loads(line) for line in lines)
        crf = None
        if config["crf"] is not None:
            models = (
                (name, (folder / f"crf-{n}.crfsuite").read_bytes())
                for n, name in enumerate(config["crf"])
            )
            crf = CategoryCrf(dict(models))
        scorer = CandidateScorer(
            config["kind"],
            [(folder / f"scorer-{n}.txt").read_text() for n in range(config["scorers"])],
            _calibration(config["calibration"]),
            Thresholds(**config["thresholds"]),
        )
        known = _load_known(config["known"])
        taggers = [_load_tagger(folder / f"tagger-{n}") for n in range(config["taggers"])]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ConfigError(
            f"No trained extractor could be read in {folder} ({exc}). "
            "Make one with: catalograph train extractor FILE --out DIR"
        ) from exc
    return Cascade(Extractors(gazetteer, crf, tuple(taggers)), scorer, known, config["version"])


def _load_tagger(folder: Path) -> Any:
    from catalograph.ingest.extract.tagger.fit import load_tagger

    return load_tagger(folder)


def _calibration(stored: Mapping[str, Any]) -> AttributeCalibration:
    own = {name: (float(a), float(b)) for name, (a, b) in stored["by_attribute"].items()}
    return AttributeCalibration(tuple(stored["scores"]), tuple(stored["shares"]), own)


def _load_known(stored: Mapping[str, Any]) -> KnownAttributes:
    attributes = {name: tuple(listed) for name, listed in stored["attributes"].items()}
    return KnownAttributes(attributes, stored["present"], stored["closed"])


def _card(
    examples: Sequence[ProductExample],
    settings: CascadeSettings,
    cascade: Cascade,
    validation: Validation,
) -> dict[str, Any]:
    known = cascade.known
    return {
        "model": cascade.name,
        "version": cascade.version,
        "purpose": "attribute values in titles and descriptions of products",
        "data": {
            "examples": len(examples),
            "hash": fingerprint(examples),
            "categories": sorted(known.attributes),
            "attributes": list(known.names),
            "values": sum(len(v) for e in examples for v in e.targets.values()),
            "absence": "not labelled is absent" if known.closed else "not labelled is unknown",
        },
        "settings": asdict(settings),
        "thresholds": asdict(cascade.scorer.thresholds),
        "validation": {
            "how": "each example read by models that did not learn from it; no test data",
            **asdict(validation),
        },
        "limits": "Learned from these categories only; in another one all attributes are looked "
        "for and nothing is accepted without review. A value stands in the text as it is written "
        "there.",
    }


def _markdown(card: Mapping[str, Any]) -> str:
    validation, data = card["validation"], card["data"]
    rows = "".join(
        f"| {name} | {error:.3f} |\n" for name, error in validation["by_attribute"].items()
    )
    tagger = card["settings"]["tagger"]
    settings = ", ".join(f"{name} {value}" for name, value in tagger.items())
    thresholds = card["thresholds"]
    return (
        f"# Extractor {card['model']} {card['version']}\n\n"
        f"Reads {card['purpose']}.\n\n"
        f"- Learned from {data['examples']} examples with {data['values']} values "
        f"in {len(data['categories'])} categories (hash {data['hash']}; {data['absence']}).\n"
        f"- Tagger: {settings}.\n"
        f"- Kept from confidence {thresholds['keep']:.3f}, accepted from "
        f"{thresholds['agreed']:.3f} where two extractors agree, else from "
        f"{thresholds['accept']:.3f}.\n\n"
        "## Validation\n\n"
        f"Made so: {validation['how']}.\n\n"
        f"- micro F1 {validation['micro_f1']:.4f}, "
        f"calibration error {validation['calibration_error']:.4f}\n"
        f"- accepted {validation['accepted']:.1%}, right {validation['accepted_precision']:.1%}; "
        f"where two extractors agree {validation['agreed_precision']:.1%}\n\n"
        f"| attribute | calibration error |\n|---|---|\n{rows}\n"
        f"## Limits\n\n{card['limits']}\n"
    )


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True)
