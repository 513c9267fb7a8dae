"""Features of each character of a Chinese title, for a conditional random field.

Features are characters and their n-grams, character classes, matches of gazetteers and of the
entities of the training data (begin, end, inside; length), and gram groups learned from raw text.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalograph.ingest.language.clusters import Groups
from catalograph.ingest.language.tags import Sentence
from catalograph.ml.script import fold_text, is_han

PLAIN, GROUPED, WIDE = "plain", "grouped", "wide"
"""Views: n-grams up to three and gazetteers; these and groups; these and n-grams of four."""
_LONGEST = 10
_LENGTHS = 6
"""Largest match length; longer matches count as this long."""

Own = Collection[tuple[str, str]]
"""Type and name of each entity that a sentence's own tags add to the lexicon."""


@dataclass(frozen=True)
class FeatureGazetteer:
    """Resources of the features, besides the text.

    Attributes:
        gazetteers: folded names, by gazetteer.
        lexicon: number of training sentences that tag a name, by type and folded name.
        groups: groups of grams.
    """

    gazetteers: Mapping[str, frozenset[str]]
    lexicon: Mapping[tuple[str, str], int]
    groups: Groups

    @property
    def types(self) -> list[str]:
        """Entity types of the lexicon."""
        return sorted({kind for kind, _ in self.lexicon})


def lexicon_of(sentences: Iterable[Sentence]) -> Counter[tuple[str, str]]:
    """Count the entities; a repeated text counts once."""
    unique = {sentence.text: own_of(sentence) for sentence in sentences}
    return Counter(name for own in unique.values() for name in own)


def own_of(sentence: Sentence) -> set[tuple[str, str]]:
    """Return type and folded name of a sentence's entities."""
    tokens = sentence.tokens
    return {(e.type, fold_text("".join(tokens[e.start : e.end]))) for e in sentence.entities}


def gazetteer_of(lines: Iterable[str]) -> frozenset[str]:
    """Return folded names, without numbers and single letters; "法雷奥（VALEO）" is two names."""
    names: set[str] = set()
    for line in lines:
        for part in fold_text(line).replace("(", "/").replace(")", "/").split("/"):
            name = part.strip()
            if any(map(is_han, name)) or (len(name) > 1 and any(map(str.isalpha, name))):
                names.add(name)
    return frozenset(names)


def features(text: str, knowledge: FeatureGazetteer, view: str, own: Own = ()) -> list[list[str]]:
    """Return the features of each character of a folded text.

    Args:
        text: folded text, with unchanged character positions.
        knowledge: gazetteers, lexicon and groups to match.
        view: `PLAIN`, `GROUPED` or `WIDE`.
        own: entities that this sentence added to the lexicon; they are subtracted, else the
            field would learn to trust the lexicon more than it may on new text.
    """
    made = _grams(text)
    for n, gazetteer in enumerate(knowledge.gazetteers.values()):
        _match(text, made, f"g{n}", gazetteer.__contains__)
    mine = Counter(own)
    for kind in knowledge.types:
        _match(text, made, f"t{kind}", _make_lookup(knowledge.lexicon, mine, kind))
    if view == GROUPED:
        for name, groups in knowledge.groups.items():
            _add_groups(text, made, name, groups)
    elif view == WIDE:
        for n, row in enumerate(made):
            row += [f"w4={text[n : n + 4]}", f"w-4={text[max(0, n - 3) : n + 1]}"]
            row += [f"n3={text[n + 1 : n + 4]}", f"n-3={text[max(0, n - 3) : n]}"]
    return made


def _make_lookup(
    lexicon: Mapping[tuple[str, str], int], mine: Counter[tuple[str, str]], kind: str
) -> Callable[[str], bool]:
    return lambda name: lexicon.get((kind, name), 0) > mine[kind, name]


def _grams(text: str) -> list[list[str]]:
    chars = ["<2", "<1", *text, ">1", ">2"]
    kinds = ["^", "^", *map(_kind, text), "$", "$"]
    made = []
    for n in range(len(text)):
        a, b, c, d, e = chars[n : n + 5]
        around = kinds[n : n + 5]
        made.append(
            [
                "bias", f"c={c}", f"p={b}", f"n={d}", f"pp={a}", f"nn={e}", f"pc={b}{c}",
                f"cn={c}{d}", f"ppp={a}{b}", f"nnn={d}{e}", f"pn={b}{d}", f"pcn={b}{c}{d}",
                f"ppc={a}{b}{c}", f"cnn={c}{d}{e}", f"k={''.join(around[1:4])}",
                f"kk={''.join(around)}",
            ]
        )  # fmt: skip
    return made


def _kind(char: str) -> str:
    if is_han(char):
        return "h"
    if char.isdigit():
        return "d"
    return "l" if char.isalpha() else "_" if char.isspace() else "."


def _match(text: str, made: list[list[str]], name: str, known: Callable[[str], bool]) -> None:
    """Add the length of the longest match that begins, ends and continues at each character."""
    begins, ends, inside = ([0] * (len(text) + 2) for _ in range(3))
    for start in range(len(text)):
        for length in range(min(_LONGEST, len(text) - start), 0, -1):
            if known(text[start : start + length]):
                begins[start] = max(begins[start], length)
                last = start + length - 1
                ends[last] = max(ends[last], length)
                for n in range(start + 1, last):
                    inside[n] = max(inside[n], length)
    for n, row in enumerate(made):
        row.append(f"{name}:{begins[n] > 0:d}{inside[n] > 0:d}{ends[n] > 0:d}")
        # Places -1 and past the end are the two zeros at the end of each list.
        for place, found in (
            ("B", begins[n]), ("I", inside[n]), ("E", ends[n]), ("pB", begins[n - 1]),
            ("pE", ends[n - 1]), ("nB", begins[n + 1]), ("nE", ends[n + 1]),
        ):  # fmt: skip
            if found:
                row.append(f"{name}{place}{min(found, _LENGTHS)}")


def _add_groups(text: str, made: list[list[str]], name: str, groups: Mapping[str, int]) -> None:
    length = int(name.partition("x")[0])
    found = [str(groups.get(text[n : n + length], "-")) for n in range(len(text) - length + 1)]
    padded: Sequence[str] = ["^", "^", *found, *["$"] * (length + 1)]
    for n, row in enumerate(made):
        around = padded[n : n + 5]
        row += [f"{name}/{step}={group}" for step, group in enumerate(around[: 6 - length])]
        if length == 1:
            row += [f"{name}<={around[1]},{around[2]}", f"{name}>={around[2]},{around[3]}"]
