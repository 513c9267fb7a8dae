"""Runs of words that stand in titles, or are names."""

from collections.abc import Callable, Iterator, Sequence

from catalograph.assistant.query_understanding.tokens import QueryToken
from catalograph.assistant.query_understanding.vocabulary import Rows, SearchVocabulary

LONGEST_NAME = 12
"""Largest number of tokens of a name."""
Keys = tuple[str, ...]


def extend_run(
    tokens: Sequence[QueryToken], at: int, vocabulary: SearchVocabulary, most: int
) -> tuple[int, Rows]:
    """Return the end of the longest run of tokens that stands in a title, and the rows with it.

    Args:
        tokens: tokens of a text.
        at: place of the first token of the run.
        vocabulary: titles of sample products.
        most: largest number of tokens of the run.
    """
    end, rows = at, vocabulary.rows_with([])
    for last in range(at + 1, min(at + most, len(tokens)) + 1):
        wider = vocabulary.rows_with([token.fold for token in tokens[at:last]])
        if not len(wider):
            break
        end, rows = last, wider
    return end, rows


def find_runs(
    tokens: Sequence[QueryToken], look_up: Callable[[tuple[str, ...]], Keys | None]
) -> Iterator[tuple[Keys, int, int]]:
    """Yield the longest runs of tokens that mean something, with first and last offset.

    Args:
        tokens: tokens of a text.
        look_up: keys that the folded tokens of a run mean; none for a run that means nothing.
    """
    at = 0
    while at < len(tokens):
        for last in range(min(at + LONGEST_NAME, len(tokens)), at, -1):
            keys = look_up(tuple(token.fold for token in tokens[at:last]))
            if keys:
                yield keys, tokens[at].start, tokens[last - 1].end
                at = last - 1
                break
        at += 1
