"""What a conditional random field is told of each character of a Chinese title.

Characters and their n-grams, classes of characters, matches of gazetteers and of the entities of
the training data (begin, end, inside; length), and groups of grams learned from raw text.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalograph.ingest.language.clusters import Groups
from catalograph.ingest.language.script import fold_text, is_han
from catalograph.ingest.language.tags import Sentence

PLAIN, GROUPED, WIDE = "plain", "grouped", "wide"
"""Views: n-grams of three and gazetteers; those and groups; those and n-grams of four."""
_LONGEST = 10
_LENGTHS = 6
"""Longer matches count as this long."""

Own = Collection[tuple[str, str]]
"""Types and names that a sentence's own tags contributed to the lexicon."""


@dataclass(frozen=True)
class FeatureGazetteer:
    """What features are made with, besides the text.

    Attributes:
        gazetteers: folded names, by gazetteer.
        lexicon: by type and folded name, how many sentences of the training data tag it.
        groups: of grams.
    """

    gazetteers: Mapping[str, frozenset[str]]
    lexicon: Mapping[tuple[str, str], int]
    groups: Groups

    @property
    def types(self) -> list[str]:
        """Entity types of the lexicon."""
        return sorted({kind for kind, _ in self.lexicon})


def lexicon_of(sentences: Iterable[Sentence]) -> Counter[tuple[str, str]]:
    """Count the entities, each text once however often it is repeated."""
    unique = {sentence.text: own_of(sentence) for sentence in sentences}
    return Counter(name for own in unique.values() for name in own)


def own_of(sentence: Sentence) -> set[tuple[str, str]]:
    """Type and folded name of a sentence's entities."""
    tokens = sentence.tokens
    return {(e.type, fold_text("".join(tokens[e.start : e.end]))) for e in sentence.entities}


def gazetteer_of(lines: Iterable[str]) -> frozenset[str]:
    """Folded names of a gazetteer, without numbers and single letters; "法雷奥（VALEO）" is two."""
    names: set[str] = set()
    for line in lines:
        for part in fold_text(line).replace("(", "/").replace(")", "/").split("/"):
            name = part.strip()
            if any(map(is_han, name)) or (len(name) > 1 and any(map(str.isalpha, name))):
                names.add(name)
    return frozenset(names)


def features(text: str, knowledge: FeatureGazetteer, view: str, own: Own = ()) -> list[list[str]]:
    """Features of each character of a folded text.

    Args:
        text: folded, so that each character stands where it stood.
        knowledge: what matches are looked for in.
        view: `PLAIN`, `GROUPED` or `WIDE`.
        own: what this very sentence added to the lexicon; it is taken off again, else the
            field would learn to trust the lexicon more than new text deserves.
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
    """Length of the longest match that begins, ends and goes on at each character."""
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
