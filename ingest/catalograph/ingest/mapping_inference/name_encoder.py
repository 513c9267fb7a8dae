"""Names that the table does not know, compared with it by a text encoder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from catalograph.ingest.mapping_inference.fields import NameScores
from catalograph.ingest.mapping_inference.name_table import attribute_names, load_table
from catalograph.ingest.mapping_inference.names import read_name
from catalograph.ml.script import has_han
from catalograph.schema import TextEncoder

_WORTH = 0.85
"""Score of a name with cosine 1, lower than that of a name in the table."""
_ATTRIBUTE = "-attribute"
"""Field of the names of attributes, which are no field of the mapping."""


@dataclass(frozen=True)
class NameComparison:
    """How names of one language are compared.

    Attributes:
        language: language of the table's words.
        words: number of words of each field, the best ones.
        least: cosine from which a name counts as like a field's; below it names are mostly
            unrelated.
        lead: lead over the next field, without which a name says neither.
        attributes: whether names of attributes are compared too, so that a like name is no field.
    """

    language: str
    words: int
    least: float
    lead: float
    attributes: bool = False


ENGLISH_NAMES = NameComparison("en", 12, 0.62, 0.04)
CHINESE_NAMES = NameComparison("zh", 100, 0.88, 0.04, attributes=True)
"""For bge-small-zh. Each Chinese word of the table, compared with the others, is given its field in
95 to 99 of 100 cases where it is given one."""


def compare_names(
    kind: str, encoder: TextEncoder, comparison: NameComparison = ENGLISH_NAMES
) -> NameScores:
    """Return a function that gives the similarity of names to the fields of a kind of feed.

    Args:
        kind: catalog, reviews or events.
        encoder: text encoder of the comparison's language.
        comparison: how to compare.
    """
    fields: list[str] = []
    words: list[str] = []
    for field, languages in _words(kind, comparison).items():
        for word in languages.get(comparison.language, ())[: comparison.words]:
            fields.append(field)
            words.append(str(word))
    vectors = encoder.encode_documents(words)

    def score(names: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
        texts = [" ".join(read_name(name).words) or name for name in names]
        cosines = encoder.encode_documents(texts) @ vectors.T
        found: dict[str, dict[str, float]] = {}
        for name, row in zip(names, cosines, strict=True):
            best = {
                f: float(np.max(row[[n for n, g in enumerate(fields) if g == f]]))
                for f in set(fields)
            }
            ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
            field, cosine = ranked[0]
            clear = cosine - ranked[1][1] >= comparison.lead
            if cosine >= comparison.least and clear and not field.startswith("-"):
                found[name] = {field: _WORTH * cosine}
        return found

    return score


def compare_by_script(chinese: NameScores | None, other: NameScores | None) -> NameScores:
    """Return a function that compares names with Han characters by `chinese`, others by `other`."""

    def score(names: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
        found: dict[str, Mapping[str, float]] = {}
        for compare, wanted in ((chinese, True), (other, False)):
            these = [name for name in names if has_han(name) is wanted]
            if these and compare is not None:
                found |= compare(these)
        return found

    return score


def _words(kind: str, comparison: NameComparison) -> dict[str, Mapping[str, Sequence[str]]]:
    """Return the words of the table by field and language."""
    found = dict(load_table()[kind])
    if comparison.attributes:
        names = attribute_names().values()
        language = comparison.language
        found[_ATTRIBUTE] = {language: [word for ls in names for word in ls.get(language, ())]}
    return found
