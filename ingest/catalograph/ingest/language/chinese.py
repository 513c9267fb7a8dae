"""Entity recogniser for Chinese titles: brands, product types and model numbers.

It averages several conditional random fields with different features (`crf`). It works on
characters, since an error of word segmentation could not be corrected later.
"""

import gzip
import hashlib
import json
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from catalograph.errors import TrainingDataError
from catalograph.ingest.extract.findings import BRAND, Finding
from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.language import crf
from catalograph.ingest.language.chinese_features import (
    GROUPED,
    PLAIN,
    WIDE,
    FeatureGazetteer,
    features,
    lexicon_of,
    own_of,
)
from catalograph.ingest.language.clusters import Groups, group_grams
from catalograph.ingest.language.tags import Entity, Sentence, encode
from catalograph.ml.calibration import PlattCalibration, calibrate_scores
from catalograph.ml.checkpoints import write_atomically
from catalograph.ml.script import fold_text, language_of
from catalograph.schema import Span

NAME = "chinese"
_VERSION = "1"
_ATTRIBUTES = {
    "HP": BRAND,
    "HPPX": BRAND,
    "HC": "product type",
    "HCCX": "product type",
    "XH": "model",
}
_HELD_OUT = 10
"""One sentence in this many is held out to calibrate confidences."""
_CARD = "card.json"
_KNOWLEDGE = "knowledge.json.gz"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class ChineseConfig:
    """Training options of a recogniser.

    Attributes:
        views: feature view of each field; a view that needs raw text is left out without it.
        outside: amount subtracted from the log-probability of "no entity"; above 0 finds more.
        calibrated: True calibrates confidences, which doubles the training time.
        seed: random seed of the gram groups.
        attributes: attribute by entity type; other types are ignored.
    """

    views: tuple[str, ...] = (PLAIN, GROUPED, WIDE)
    outside: float = 0.3
    calibrated: bool = True
    seed: int = 0
    attributes: Mapping[str, str] = field(default_factory=lambda: dict(_ATTRIBUTES))


@dataclass(frozen=True, slots=True, order=True)
class NamedEntity:
    """An entity of a text with its confidence, 0 to 1."""

    entity: Entity
    confidence: float


class ChineseRecogniser:
    """A `catalograph.ingest.extract.protocol.TextExtractor`; create one with `train` or `load`."""

    def __init__(
        self,
        fields: Mapping[str, crf.ConditionalRandomField],
        knowledge: FeatureGazetteer,
        config: ChineseConfig,
        curve: PlattCalibration,
        version: str,
    ) -> None:
        self._fields = fields
        self._knowledge = knowledge
        self._curve = curve
        self._version = version
        self.config = config

    @property
    def name(self) -> str:
        """Extractor name stored on each support."""
        return NAME

    @property
    def version(self) -> str:
        """Version of the code, and a hash of the trained parameters."""
        return self._version

    def tag(self, texts: Sequence[str]) -> list[list[NamedEntity]]:
        """Return the entities of each text, in order of position."""
        return [self._tag(text) for text in texts]

    def find(self, products: Sequence[ProductText]) -> list[list[Finding]]:
        """Find attribute values in the Chinese texts of each product.

        Returns:
            For each product the most confident finding of each attribute and name, in order of
            position.
        """
        return [self._find(product) for product in products]

    def _find(self, product: ProductText) -> list[Finding]:
        best: dict[tuple[str, str], Finding] = {}
        for source, text in product.texts.items():
            if language_of(text) != "zh":
                continue
            for named in self._tag(text):
                attribute = self.config.attributes.get(named.entity.type)
                if attribute is None or attribute in product.known:
                    continue
                start, end = named.entity.start, named.entity.end
                span = Span(source, start, end)
                name = text[start:end].strip()
                found = Finding(attribute, name, NAME, self.version, named.confidence, span)
                known = best.get((attribute, name))
                if name and (known is None or known.confidence < found.confidence):
                    best[attribute, name] = found
        return list(best.values())

    def _tag(self, text: str) -> list[NamedEntity]:
        plain = fold_text(text)
        means, labels = _mean_marginals(self._fields, plain, self._knowledge)
        found = crf.best_entities(means, labels, self.config.outside)
        return [
            NamedEntity(e, self._curve(crf.confidence(means, labels, e))) for e in sorted(found)
        ]

    @classmethod
    def train(
        cls,
        sentences: Sequence[Sentence],
        folder: Path,
        *,
        gazetteers: Mapping[str, Collection[str]] | None = None,
        unlabelled: Sequence[str] = (),
        config: ChineseConfig | None = None,
        progress: Progress = lambda line: None,
    ) -> "ChineseRecogniser":
        """Train a recogniser and write it to a folder.

        Args:
            sentences: tagged sentences whose tokens are single characters.
            folder: output folder, created if missing.
            gazetteers: names that hint at entities, by gazetteer; see `gazetteer_of`.
            unlabelled: raw texts; without them, grams are not grouped.
            config: training options.
            progress: callback that receives the current step.

        Raises:
            TrainingDataError: a token is not a single character, or nothing is tagged.
            MissingExtraError: the extra `extract` is not installed.
        """
        config = config or ChineseConfig()
        _check(sentences)
        lists = {
            name: frozenset(map(fold_text, names)) for name, names in (gazetteers or {}).items()
        }
        raw = [fold_text(text) for text in (*(s.text for s in sentences), *unlabelled)]
        if unlabelled:
            progress(f"grouping the grams of {len(raw):,} texts")
        groups = group_grams(raw, config.seed) if unlabelled else {}
        views = [view for view in config.views if view != GROUPED or groups]
        folder.mkdir(parents=True, exist_ok=True)
        curve = PlattCalibration()
        if config.calibrated:
            curve = _calibrate(sentences, lists, groups, views, config, progress)
        knowledge = FeatureGazetteer(lists, lexicon_of(sentences), groups)
        for view in views:
            progress(f"training the field '{view}' on {len(sentences):,} sentences")
            _train_field(sentences, knowledge, view, _field_file(folder, view))
        _save(folder, knowledge, config, views, curve)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> "ChineseRecogniser":
        """Read a recogniser that `train` wrote.

        Raises:
            TrainingDataError: the folder holds no recogniser, or a part of it is missing.
            MissingExtraError: the extra `extract` is not installed.
        """
        try:
            card = json.loads((folder / _CARD).read_text(encoding="utf-8"))
            with gzip.open(folder / _KNOWLEDGE, "rt", encoding="utf-8") as stream:
                kept = json.load(stream)
        except (OSError, EOFError, ValueError) as exc:
            raise TrainingDataError(
                f"'{folder}' holds no recogniser ({exc}). "
                "Train one with: catalograph train ner FILE --out DIR"
            ) from exc
        knowledge = FeatureGazetteer(
            {name: frozenset(names) for name, names in kept["gazetteers"].items()},
            {(kind, name): count for kind, name, count in kept["lexicon"]},
            kept["groups"],
        )
        config = ChineseConfig(**card["config"])
        fields = {
            view: crf.ConditionalRandomField(_field_file(folder, view)) for view in card["views"]
        }
        curve = PlattCalibration(**card["calibration"])
        return cls(fields, knowledge, config, curve, card["version"])


def _check(sentences: Sequence[Sentence]) -> None:
    for sentence in sentences:
        long = next((token for token in sentence.tokens if len(token) != 1), None)
        if long is not None:
            raise TrainingDataError(
                f"The token {long!r} of {sentence.text[:40]!r} is no single character; "
                "this recogniser reads Chinese character by character."
            )


def _mean_marginals(
    fields: Mapping[str, crf.ConditionalRandomField], text: str, knowledge: FeatureGazetteer
) -> tuple[crf.Marginals, tuple[str, ...]]:
    """Return the mean marginals of the fields, which share their labels."""
    labels = next(iter(fields.values())).labels
    if not text:
        return np.empty((0, len(labels))), labels
    said = [tagger.marginals(features(text, knowledge, view)) for view, tagger in fields.items()]
    mean: crf.Marginals = np.mean(said, axis=0)
    return mean, labels


def _train_field(
    sentences: Sequence[Sentence], knowledge: FeatureGazetteer, view: str, path: Path
) -> None:
    seen = [features(fold_text(s.text), knowledge, view, own_of(s)) for s in sentences]
    tags = [encode(sentence.entities, len(sentence.tokens)) for sentence in sentences]
    crf.train(seen, tags, path)


def _calibrate(
    sentences: Sequence[Sentence],
    gazetteers: Mapping[str, frozenset[str]],
    groups: Groups,
    views: Sequence[str],
    config: ChineseConfig,
    progress: Progress,
) -> PlattCalibration:
    """Calibrate confidences on sentences that the fields were not trained on."""
    held = [sentence for sentence in sentences if _is_held_out(sentence)]
    rest = [sentence for sentence in sentences if not _is_held_out(sentence)]
    if not held or not any(sentence.entities for sentence in rest):
        return PlattCalibration()
    knowledge = FeatureGazetteer(gazetteers, lexicon_of(rest), groups)
    fields: dict[str, crf.ConditionalRandomField] = {}
    with tempfile.TemporaryDirectory() as folder:
        for view in views:
            progress(f"training the field '{view}' on {len(rest):,} sentences to calibrate")
            _train_field(rest, knowledge, view, _field_file(Path(folder), view))
            fields[view] = crf.ConditionalRandomField(_field_file(Path(folder), view))
        draft = ChineseRecogniser(fields, knowledge, config, PlattCalibration(), "")
        scores, right = [], []
        for sentence, found in zip(held, draft.tag([s.text for s in held]), strict=True):
            scores += [named.confidence for named in found]
            right += [named.entity in sentence.entities for named in found]
    return calibrate_scores(scores, right)


def _is_held_out(sentence: Sentence) -> bool:
    digest = hashlib.sha256(sentence.text.encode()).digest()
    return int.from_bytes(digest[:4]) % _HELD_OUT == 0


def _field_file(folder: Path, view: str) -> Path:
    return folder / f"{view}.crfsuite"


def _save(
    folder: Path,
    knowledge: FeatureGazetteer,
    config: ChineseConfig,
    views: Sequence[str],
    curve: PlattCalibration,
) -> None:
    kept = {
        "gazetteers": {name: sorted(names) for name, names in knowledge.gazetteers.items()},
        "lexicon": sorted([kind, name, n] for (kind, name), n in knowledge.lexicon.items()),
        "groups": knowledge.groups,
    }
    with write_atomically(folder / _KNOWLEDGE) as stream:
        stream.write(gzip.compress(json.dumps(kept, ensure_ascii=False).encode()))
    digest = hashlib.sha256(json.dumps([kept, asdict(config)], sort_keys=True).encode())
    for view in views:
        digest.update(_field_file(folder, view).read_bytes())
    card = {
        "version": f"{_VERSION}-{digest.hexdigest()[:8]}",
        "views": list(views),
        "config": asdict(config),
        "calibration": asdict(curve),
        "entities": sum(knowledge.lexicon.values()),
    }
    (folder / _CARD).write_text(json.dumps(card, indent=2, ensure_ascii=False), encoding="utf-8")
