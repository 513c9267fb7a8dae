"""Names that the table does not know, compared with it by a text encoder."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from catalograph.ingest.mapping_inference.name_table import load_table
from catalograph.ingest.mapping_inference.names import read_name
from catalograph.schema import TextEncoder

_LEAST = 0.62
"""Cosine from which a name counts as like a field's; below it names are mostly unrelated."""
_LEAD = 0.04
"""Lead over the next field, without which a name says neither."""
_WORTH = 0.85
"""Score of a name with cosine 1, lower than that of a name in the table."""
_ENGLISH = 12
"""Words of each field that are compared, the best of its English ones."""


def compare_names(
    kind: str, encoder: TextEncoder
) -> Callable[[Sequence[str]], Mapping[str, Mapping[str, float]]]:
    """Return a function that gives the similarity of names to the fields of a kind of feed.

    Args:
        kind: catalog, reviews or events.
        encoder: text encoder; the packaged one knows English.
    """
    fields: list[str] = []
    words: list[str] = []
    for field, languages in load_table()[kind].items():
        for word in languages.get("en", ())[:_ENGLISH]:
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
            if cosine >= _LEAST and cosine - ranked[1][1] >= _LEAD and not field.startswith("-"):
                found[name] = {field: _WORTH * cosine}
        return found

    return score
