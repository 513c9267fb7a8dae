"""Words of a text that its sources do not state, in English and Chinese, negations included."""

import re
from collections.abc import Collection, Iterator, Sequence

from catalograph.assistant.cited_quantities import find_dates, find_numbers

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
TOKEN = re.compile(rf"(?:(?![{_HAN}_])\w)+(?:['’.&+/-](?:(?![{_HAN}_])\w)+)*\+{{0,2}}")
HAN_RUN = re.compile(rf"[{_HAN}]+")
_PART = re.compile(r"[;；。!！?？，、]|,(?!\d)|(?<=[^\d])\.\s")
_NEGATIONS = frozenset(
    ["not", "no", "never", "without", "neither", "nor", "cannot", "can't", "isn't", "aren't",
     "doesn't", "don't", "won't", "none", "false", "non"]
)  # fmt: skip
_REACH = 2
"""Number of words after a negation that it negates."""
_DENIED = re.compile(
    r":\s*(?:no|none|false|without|not included|否|无|無|没有|不支持|不含|不包含)\s*[.。]?$"
)
_HAN_NEGATIONS = re.compile("[不没無无非未勿否]")
_ANSWERS = "是有"
"""Characters that are grammar within a sentence, and a value at its end."""
_TURNS = frozenset(
    [
        "not",
        "no",
        "never",
        "without",
        "neither",
        "nor",
        "cannot",
        "can't",
        "isn't",
        "aren't",
        "doesn't",
        "don't",
        "won't",
        "more",
        "less",
        "fewer",
        "than",
        "over",
        "under",
        "above",
        "below",
        "least",
        "most",
        "only",
        "up",
        "about",
        "nearly",
        "almost",
    ]
)
"""Words that turn what a number or a word says; they count only in the order of the source."""
_HAN_TURNS = re.compile("[不没無无非未勿]|超过|以上|以下|以内|至少|最多|不足|近|约|仅|只有|将近")


def find_claims(plain: str, joined: str, vocabulary: Collection[str]) -> Iterator[str]:
    """Yield the words of a text that neither a vocabulary nor its sources have.

    A word that the sources deny ("waterproof: no", "not dishwasher-safe", 不防水) counts only in a
    part of the text that denies something, and a word that denies only beside the same word as in
    the sources. Numbers and dates are left out.

    Args:
        plain: text of `plain_text`.
        joined: its sources, a statement a line, likewise.
        vocabulary: words that need no source.
    """
    affirmed = _drop_denied(joined)
    start = 0
    for end in [match.end() for match in _PART.finditer(plain)] + [len(plain)]:
        part, start = plain[start:end], end
        denies = bool(_HAN_NEGATIONS.search(part)) or any(
            match[0] in _NEGATIONS for match in TOKEN.finditer(part)
        )
        yield from _find_in_part(part, joined if denies else affirmed, joined, vocabulary)


def _drop_denied(joined: str) -> str:
    """Return what the sources affirm: without lines that answer no, and words after a negation."""
    kept = []
    for line in joined.splitlines():
        if _DENIED.search(line):
            continue
        reach = 0
        words = []
        for word in line.split():
            bare = word.strip(".,;:!?()")
            reach = _REACH if bare in _NEGATIONS else reach - 1
            if reach < 0 or bare in _NEGATIONS:
                words.append(word)
        kept.append(" ".join(words))
    return "\n".join(kept)


def _find_in_part(
    part: str, stated: str, joined: str, vocabulary: Collection[str]
) -> Iterator[str]:
    numbers = [(one.start, one.end) for one in find_numbers(part)]
    spans = [*numbers, *((one.start, one.end) for one in find_dates(part))]
    tokens = tokens_of(stated)
    matches = list(TOKEN.finditer(part))
    words = [match[0] for match in matches]
    starts = {start for start, _ in spans}
    ordered = " ".join(match[0] for match in TOKEN.finditer(joined))
    for n, match in enumerate(matches):
        word = match[0]
        if word in _TURNS:
            after = words[n + 1] if n + 1 < len(words) else ""
            before = words[n - 1] if n else ""
            pairs = (f"{word} {after}", f"{before} {word}")
            beside = any(has_words(ordered, pair) for pair in pairs if pair.strip() != word)
            if not beside and (word not in vocabulary or match.end() + 1 in starts):
                yield word
        elif not (
            is_within(match.span(), spans) or is_among(word, vocabulary) or is_among(word, tokens)
        ):
            yield word
    for run in HAN_RUN.finditer(part):
        yield from _find_han_claims(run, spans, stated, vocabulary)


def _find_han_claims(
    run: re.Match[str], spans: Sequence[tuple[int, int]], joined: str, vocabulary: Collection[str]
) -> Iterator[str]:
    """Cover a run of Chinese characters by the longest parts of sources, numbers and vocabulary."""
    text, at = run[0], 0
    left = ""
    after = run.string[run.end() : run.end() + 1]
    ends = len(text) == 1 or not after or after in ".。;；,，!！"
    if ends and text[-1] in _ANSWERS and not re.search(rf":\s*{text[-1]}", joined):
        yield text[-1]
    while at < len(text):
        offset = run.start() + at
        within = next((end for start, end in spans if start <= offset < end), None)
        if within is not None:
            step = min(within - offset, len(text) - at)
        else:
            step = max(
                (
                    size
                    for size in range(1, min(30, len(text) - at) + 1)
                    if _covers(text[at : at + size], joined, vocabulary)
                ),
                default=0,
            )
        if step:
            if left:
                yield left
            left, at = "", at + step
        else:
            left, at = left + text[at], at + 1
    if left:
        yield left


def _covers(part: str, joined: str, vocabulary: Collection[str]) -> bool:
    if part in vocabulary:
        return True
    # A single character of a longer word is not that word; alone between others it is a name.
    if len(part) == 1:
        return re.search(rf"(?<![{_HAN}]){part}(?![{_HAN}])", joined) is not None
    # "防水" of "不防水" says the opposite.
    at = joined.find(part)
    while at >= 0:
        turned = _HAN_TURNS.search(joined[max(0, at - 2) : at])
        if turned is None or _HAN_TURNS.match(part):
            return True
        at = joined.find(part, at + 1)
    return False


def tokens_of(text: str) -> set[str]:
    """Return the words of a text, their parts, and their singulars and plurals."""
    return {form for match in TOKEN.finditer(text) for form in _forms(match[0])}


def _forms(word: str) -> Iterator[str]:
    """Yield a word, its parts, and its singular and plural."""
    for part in {word, *re.split(r"['’.&+/-]", word)}:
        if part:
            yield part
            yield from _numbers_of(part)


def _numbers_of(word: str) -> tuple[str, ...]:
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return ()
    if word.endswith("s"):
        return (word[:-1], word[:-2]) if word.endswith("es") else (word[:-1],)
    return (f"{word}s", f"{word}es")


def is_among(word: str, known: Collection[str]) -> bool:
    """Return whether a word, or each of its parts, is known."""
    if word in known or word.removesuffix("'s").removesuffix("’s") in known:
        return True
    parts = [part for part in re.split(r"['’.&+/-]", word) if part]
    return len(parts) > 1 and all(part in known for part in parts)


def is_within(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """Return whether a span lies within one of others."""
    return any(start <= span[0] and span[1] <= end for start, end in spans)


def has_words(text: str, words: str) -> bool:
    """Return whether a text has words one after the other, as whole words in Latin script."""
    if HAN_RUN.search(words):
        return words in text
    return re.search(rf"(?<![a-z0-9]){re.escape(words)}(?![a-z0-9])", text) is not None
