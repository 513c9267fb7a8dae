"""Numeric features of a record pair: similarities and contradictions.

One row per pair; -1 means that one record lacks the value. The measures are the usual ones of
record linkage (Christen, Data Matching, 2012): edit distances of fields, token overlaps weighted by
inverse document frequency, Monge and Elkan's soft matching of tokens, and agreement of identifiers.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler, LCSseq, Levenshtein

from catalograph.ingest.resolve.corpus import Corpus
from catalograph.ingest.resolve.identifiers import Identifiers, conflict, squash
from catalograph.ingest.resolve.records import ProductRecord

Features = dict[str, float]
MISSING = -1.0
_UNITS = ("byte", "inch", "mm", "watt", "hertz", "pixel", "times", "ml", "g", "pack", "page")
_RATIOS = {
    "ratio": fuzz.ratio,
    "partial": fuzz.partial_ratio,
    "sort": fuzz.token_sort_ratio,
    "set": fuzz.token_set_ratio,
}


def pair_features(
    corpus: Corpus, pairs: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.float64]]:
    """Compute the features of each pair, independently of other pairs.

    Args:
        corpus: the records.
        pairs: int64 [n, 2]; indexes into `corpus.records`.

    Returns:
        Names of the columns, and float64 [n, columns].
    """
    rows = [_features(corpus, int(i), int(j)) for i, j in pairs]
    names = list(rows[0]) if rows else []
    return names, np.array([list(row.values()) for row in rows], np.float64).reshape(
        len(rows), len(names)
    )


def _features(corpus: Corpus, i: int, j: int) -> Features:
    a, b = corpus.records[i], corpus.records[j]
    x, y = corpus.identifiers[i], corpus.identifiers[j]
    return (
        _string_features(a, b)
        | _token_features("title", x.word_set, y.word_set, corpus)
        | _token_features("all", x.all_words, y.all_words, corpus)
        | _cross_features(x, y, corpus)
        | _code_features(x, y, corpus)
        | _quantity_features(x, y)
        | _price_features(a.price, b.price)
        | {"conflict": float(conflict(x, y) is not None)}
    )


def _string_features(a: ProductRecord, b: ProductRecord) -> Features:
    found: Features = {}
    for name, ratio in _RATIOS.items():
        found[f"title_{name}"] = ratio(a.title, b.title)
        found[f"text_{name}"] = ratio(a.text, b.text)
    for name, s, t in (
        ("brand", a.brand, b.brand),
        ("category", a.category, b.category),
        ("description", a.description, b.description),
    ):
        found[f"{name}_set"] = fuzz.token_set_ratio(s, t) if s and t else MISSING
    found["description_sort"] = (
        fuzz.token_sort_ratio(a.description, b.description)
        if a.description and b.description
        else MISSING
    )
    found["title_in_text"] = max(
        fuzz.partial_token_set_ratio(a.title, b.text), fuzz.partial_token_set_ratio(b.title, a.text)
    )
    found["left_title_right_text"] = fuzz.token_set_ratio(a.title, b.text)
    found["right_title_left_text"] = fuzz.token_set_ratio(b.title, a.text)
    found["squashed_title"] = fuzz.partial_ratio(squash(a.title), squash(b.title))
    found["brand_in_text"] = max(_is_named(a.brand, b), _is_named(b.brand, a))
    found["left_length"], found["right_length"] = len(a.text), len(b.text)
    found["title_length_ratio"] = _ratio(len(a.title), len(b.title))
    return found


def _is_named(brand: str, other: ProductRecord) -> float:
    if not brand:
        return MISSING
    return float(squash(brand) in squash(other.brand + other.title))


def _ratio(x: float, y: float) -> float:
    return min(x, y) / max(x, y) if max(x, y) > 0 else 0.0


def _token_features(name: str, x: frozenset[str], y: frozenset[str], corpus: Corpus) -> Features:
    shared, left, right = (corpus.weights(s) for s in (x & y, x - y, y - x))
    both, only_left, only_right = sum(shared), sum(left), sum(right)
    top = [*shared[:3], 0.0, 0.0, 0.0]
    return {
        f"{name}_jaccard": len(x & y) / max(1, len(x | y)),
        f"{name}_idf_jaccard": both / max(1e-9, both + only_left + only_right),
        f"{name}_idf_left": both / max(1e-9, both + only_left),
        f"{name}_idf_right": both / max(1e-9, both + only_right),
        f"{name}_shared": both,
        f"{name}_only_left": only_left,
        f"{name}_only_right": only_right,
        f"{name}_top_shared": top[0],
        f"{name}_second_shared": top[1],
        f"{name}_third_shared": top[2],
        f"{name}_top_left": left[0] if left else 0.0,
        f"{name}_top_right": right[0] if right else 0.0,
    }


def _cross_features(x: Identifiers, y: Identifiers, corpus: Corpus) -> Features:
    """Return how much of one title the other record contains, softly (Monge and Elkan, 1996)."""
    forth, worst_forth = _soft_containment(x, y, corpus)
    back, worst_back = _soft_containment(y, x, corpus)
    return {
        "soft_left": forth,
        "soft_right": back,
        "soft_low": min(forth, back),
        "worst_left": worst_forth,
        "worst_right": worst_back,
        "worst_high": max(worst_forth, worst_back),
        "worst_low": min(worst_forth, worst_back),
        "unsaid_left": _count_unshared(x, y, corpus),
        "unsaid_right": _count_unshared(y, x, corpus),
    }


def _soft_containment(x: Identifiers, y: Identifiers, corpus: Corpus) -> tuple[float, float]:
    """Return the weighted mean of each word's best similarity, and the largest weight missed."""
    total = gained = worst = 0.0
    for word in x.word_set:
        weight = corpus.weight(word)
        likeness = 1.0 if word in y.all_words or (len(word) > 3 and word in y.squashed) else 0.0
        if not likeness and len(word) > 2:
            likeness = max((_likeness(word, other) for other in y.word_set), default=0.0)
        # Weak similarities count as none.
        likeness = likeness if likeness > 0.8 else 0.0
        total, gained = total + weight, gained + weight * likeness
        worst = max(worst, weight * (1 - likeness))
    return gained / max(total, 1e-9), worst


@lru_cache(maxsize=500_000)
def _likeness(a: str, b: str) -> float:
    return JaroWinkler.similarity(a, b)


def _count_unshared(x: Identifiers, y: Identifiers, corpus: Corpus) -> float:
    """Return the summed weight of title words with a digit that the other record lacks."""
    return sum(
        corpus.weight(word)
        for word in x.word_set
        if any(c.isdigit() for c in word) and word not in y.squashed
    )


def _code_features(x: Identifiers, y: Identifiers, corpus: Corpus) -> Features:
    shared = x.codes & y.all_codes | y.codes & x.all_codes
    alignments = [_alignment(s, t) for s in x.codes for t in y.codes]
    best = max(alignments, default=(MISSING,) * 5)
    weights = [corpus.code_weight(code) for code in shared]
    return {
        "codes_left": len(x.codes),
        "codes_right": len(y.codes),
        "codes_shared": len(shared),
        "code_weight": max(weights, default=0.0),
        "code_length": max(map(len, shared), default=0),
        "code_kin": max((corpus.code_count(code) for code in shared), default=MISSING),
        "code_left_said": _longest_shared_code(x.codes, y),
        "code_right_said": _longest_shared_code(y.codes, x),
        "code_likeness": best[0],
        "code_edits": best[1],
        "code_prefix": best[2],
        "code_digits": best[3],
        "code_common": best[4],
        "code_digits_any": max((a[3] for a in alignments), default=MISSING),
        "models": _models(x, y),
        "model_said_left": _longest_shared_code(x.models, y),
        "model_said_right": _longest_shared_code(y.models, x),
        "model_likeness": max(
            (_alignment(s, t)[0] for s in x.models for t in y.models), default=MISSING
        ),
    }


def _alignment(s: str, t: str) -> tuple[float, float, float, float, float]:
    """Return similarity, edits, shared prefix, equal digits and common subsequence of two codes."""
    edits = Levenshtein.distance(s, t)
    prefix = next(
        (n for n, (c, d) in enumerate(zip(s, t, strict=False)) if c != d), min(len(s), len(t))
    )
    digits = float(_digits(s) == _digits(t))
    short = min(len(s), len(t))
    common = LCSseq.similarity(s, t) / short
    return 1 - edits / max(len(s), len(t)), float(edits), prefix / short, digits, common


def _digits(code: str) -> str:
    return "".join(c for c in code if c.isdigit())


def _longest_shared_code(codes: Iterable[str], other: Identifiers) -> float:
    """Return the largest share of a code that the other record contains; -1 without codes."""
    return max((_longest_said(code, other.squashed) for code in codes), default=MISSING)


def _longest_said(code: str, text: str) -> float:
    for length in range(len(code), 3, -1):
        if code[:length] in text or code[-length:] in text:
            return length / len(code)
    return 0.0


def _models(x: Identifiers, y: Identifiers) -> float:
    if not x.models or not y.models:
        return MISSING
    return float(bool(x.models & y.models))


def _quantity_features(x: Identifiers, y: Identifiers) -> Features:
    found = {f"unit_{unit}": _agreement(x.amounts(unit), y.amounts(unit)) for unit in _UNITS}
    shared = x.quantities & y.quantities
    in_all = (x.quantities & y.all_quantities) | (y.quantities & x.all_quantities)
    numbers_x, numbers_y = _numbers(x.words), _numbers(y.words)
    return found | {
        "quantities_shared": len(shared),
        "quantities_conflicting": sum(value == 0 for value in found.values()),
        "quantities_in_all": len(in_all),
        "quantities_all_shared": len(x.all_quantities & y.all_quantities),
        "quantities_unsaid": len(x.quantities - y.all_quantities)
        + len(y.quantities - x.all_quantities),
        "numbers_shared": len(numbers_x & numbers_y),
        "numbers_left": len(numbers_x - numbers_y),
        "numbers_right": len(numbers_y - numbers_x),
        "colours": _agreement(x.colours, y.colours),
        "packs": _agreement(x.packs, y.all_packs) if x.packs else _agreement(x.all_packs, y.packs),
        "gtins": _agreement(x.gtins, y.gtins),
    }


def _numbers(words: Sequence[str]) -> set[str]:
    return {word for word in words if word[0].isdigit() and len(word) <= 4}


def _agreement(
    x: frozenset[object] | frozenset[float] | frozenset[str] | frozenset[int],
    y: frozenset[object] | frozenset[float] | frozenset[str] | frozenset[int],
) -> float:
    """Return the share of the smaller set that both have; -1 if one is empty."""
    if not x or not y:
        return MISSING
    return len(x & y) / min(len(x), len(y))


def _price_features(x: float | None, y: float | None) -> Features:
    if not x or not y:
        return {"price_ratio": MISSING, "price_difference": MISSING, "price_log": 0.0}
    return {
        "price_ratio": min(x, y) / max(x, y),
        "price_difference": abs(x - y),
        "price_log": math.log(x / y),
    }
