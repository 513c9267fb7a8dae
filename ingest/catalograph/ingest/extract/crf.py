"""Conditional random fields, one per category, on handcrafted features and a gazetteer.

Okazaki, CRFsuite (2007); the BIO labels of OpenTag (Zheng et al., KDD 2018).
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError
from catalograph.ingest.extract.examples import (
    ProductExample,
    TypedSpan,
    WordSpan,
    label_words,
    split_words,
)
from catalograph.ingest.extract.gazetteer import Gazetteer

_PARAMETERS = {"c1": 0.05, "c2": 0.05, "max_iterations": 80, "feature.possible_transitions": True}
_AFFIXES = (1, 2, 3, 4)

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class CrfReading:
    """Output of a field for a text of n words.

    Attributes:
        spans: spans of the best labelling.
        begin: probability that a value begins at a word, by attribute, float32 [n].
        inside: probability that a value continues at a word, by attribute, float32 [n].
    """

    spans: tuple[TypedSpan, ...]
    begin: Mapping[str, Floats]
    inside: Mapping[str, Floats]


class CategoryCrf:
    """Fields by category.

    Args:
        models: CRFsuite model bytes, by category.
    """

    def __init__(self, models: Mapping[str, bytes]) -> None:
        self.models = dict(sorted(models.items()))
        self._taggers: dict[str, Any] = {}

    def read(
        self, text: str, category: str, gazetteer: Gazetteer, own: ProductExample | None = None
    ) -> CrfReading:
        """Read a text; find nothing in an unknown category.

        Args:
            text: one text of a product.
            category: category of the product.
            gazetteer: gazetteer of known values.
            own: example to leave out of the gazetteer.
        """
        words = split_words(text)
        if category not in self.models or not words:
            return CrfReading((), {}, {})
        tagger = self._tagger(category)
        tagger.set(word_features(text, words, category, gazetteer, own))
        labels = tagger.labels()
        begin: dict[str, Floats] = {}
        inside: dict[str, Floats] = {}
        for label in labels:
            if label != "O":
                shares = [tagger.marginal(label, n) for n in range(len(words))]
                side = begin if label[0] == "B" else inside
                side[label[2:]] = np.array(shares, np.float32)
        return CrfReading(tuple(_spans(tagger.tag())), begin, inside)

    def _tagger(self, category: str) -> Any:
        if category not in self._taggers:
            tagger = _library().Tagger()
            tagger.open_inmemory(self.models[category])
            self._taggers[category] = tagger
        return self._taggers[category]


def fit_crf(examples: Sequence[ProductExample], gazetteer: Gazetteer) -> CategoryCrf:
    """Train one field per category.

    Args:
        examples: labelled texts.
        gazetteer: gazetteer of the same examples; each example is left out for its own features.

    Raises:
        MissingExtraError: the extra `extract` is not installed.
    """
    by_category = defaultdict(list)
    for example in examples:
        by_category[example.category].append(example)
    return CategoryCrf(
        {category: _fit(listed, gazetteer) for category, listed in by_category.items()}
    )


def _fit(examples: Sequence[ProductExample], gazetteer: Gazetteer) -> bytes:
    trainer = _library().Trainer(algorithm="lbfgs", params=_PARAMETERS, verbose=False)
    for example in examples:
        for text in example.texts.values():
            words = split_words(text)
            if words:
                features = word_features(text, words, example.category, gazetteer, example)
                trainer.append(features, _labels(text, words, example))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model"
        trainer.train(str(file))
        return file.read_bytes()


def _library() -> Any:
    try:
        import pycrfsuite
    except ImportError as exc:
        raise MissingExtraError("extract", "python-crfsuite") from exc
    return pycrfsuite


def _labels(text: str, words: Sequence[WordSpan], example: ProductExample) -> list[str]:
    labels = ["O"] * len(words)
    for span in label_words(text, words, example.targets):
        labels[span.start] = f"B-{span.type}"
        for n in range(span.start + 1, span.end):
            labels[n] = f"I-{span.type}"
    return labels


def _spans(labels: Sequence[str]) -> Iterator[TypedSpan]:
    start = 0
    for n, label in enumerate([*labels, "O"]):
        before = labels[n - 1] if n else "O"
        if before != "O" and label != f"I-{before[2:]}":
            yield TypedSpan(start, n, before[2:])
        if label[0] == "B" or (label[0] == "I" and before[2:] != label[2:]):
            start = n


def word_features(
    text: str,
    words: Sequence[WordSpan],
    category: str,
    gazetteer: Gazetteer,
    own: ProductExample | None = None,
) -> list[list[str]]:
    """Return the features of each word: form, neighbours, position and nearby known values."""
    forms = [word.text.casefold() for word in words]
    features = [_own_features(text, word) for word in words]
    for n, listed in enumerate(features):
        for step in (-2, -1, 1, 2):
            near = forms[n + step] if 0 <= n + step < len(forms) else "<>"
            listed.append(f"w{step}={near}")
            if abs(step) == 1:
                listed.append(
                    f"w{min(step, 0)}w{max(step, 0)}={near if step < 0 else forms[n]}"
                    f"|{forms[n] if step < 0 else near}"
                )
                other = words[n + step].text if 0 <= n + step < len(forms) else ""
                listed.append(f"s{step}={_shape(other)}")
        listed.append(f"at={min(n, 6)}")
        listed.append(f"left={min(len(words) - 1 - n, 3)}")
    _add_known(features, words, category, gazetteer, own)
    return features


def _add_known(
    features: list[list[str]],
    words: Sequence[WordSpan],
    category: str,
    gazetteer: Gazetteer,
    own: ProductExample | None,
) -> None:
    best: dict[tuple[int, str], tuple[int, str, str]] = {}
    for match in gazetteer.matches(words, category, own):
        if match.cut:
            continue
        size = match.end - match.start
        sure = "often" if match.share > 0.5 else "seldom" if match.here else "elsewhere"
        for n in range(match.start, match.end):
            side = "B" if n == match.start else "I"
            best[n, match.attribute] = max(
                best.get((n, match.attribute), (0, "", "")), (size, side, sure)
            )
    for (n, attribute), (size, side, sure) in best.items():
        features[n].append(f"known={side}-{attribute}")
        features[n].append(f"known={side}-{attribute}:{sure}:{min(size, 3)}")


def _own_features(text: str, word: WordSpan) -> list[str]:
    form = word.text.casefold()
    listed = ["bias", f"w={form}", f"s={_shape(word.text)}"]
    listed += [f"p{n}={form[:n]}" for n in _AFFIXES if n < len(form)]
    listed += [f"e{n}={form[-n:]}" for n in _AFFIXES if n < len(form)]
    if word.start and not text[word.start - 1].isspace():
        listed.append("joined")
    return listed


def _shape(word: str) -> str:
    shape = "".join(
        "d" if c.isdigit() else "X" if c.isupper() else "x" if c.isalpha() else c for c in word
    )
    return "".join(c for n, c in enumerate(shape) if n == 0 or shape[n - 1] != c)
