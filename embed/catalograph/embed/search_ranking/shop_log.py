"""The shop's log as lists to learn from: the text model, and what each search shows today."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalograph.embed.further_counts import read_search_counts, search_counts_folder
from catalograph.embed.jobs.context import JobContext
from catalograph.embed.search_ranking.lists import (
    MOST_QUERIES,
    ShownList,
    make_shown_lists,
    search_queries,
)
from catalograph.embed.search_ranking.shown_counts import FurtherSearches
from catalograph.embed.search_ranking.training import RankerConfig, TrainTowers
from catalograph.schema.ranking import SearchCandidate
from catalograph.store import LoggedSearch, PublishedModel, export_texts

if TYPE_CHECKING:
    from catalograph.schema import TextEncoder

KIND = "ranker"


def load_text_encoder(
    context: JobContext, text_model: PublishedModel | None
) -> "TextEncoder | None":
    """Load the encoder of the live text model; None where none is live."""
    if text_model is None:
        return None
    from catalograph.ml.encoders import load_encoder

    context.progress(KIND, "loading the text model")
    return load_encoder(context.settings)


@dataclass(frozen=True)
class SearchedLog:
    """A log whose queries were searched again.

    Attributes:
        lists: what was shown, oldest first.
        further: counts of lists that are not in the graph; None without.
    """

    lists: list[ShownList]
    further: FurtherSearches | None


def search_again(
    context: JobContext,
    log: Sequence[LoggedSearch],
    encoder: "TextEncoder | None",
    *,
    most: int | None = MOST_QUERIES,
) -> SearchedLog:
    """Search each query of the log and of the counted lists again, for features of candidates.

    Args:
        context: context of the job.
        log: searches, oldest first.
        encoder: encoder of queries; None without a text model.
        most: largest number of queries, those with the most lists; None for all.
    """
    numbers = Counter(one.query for one in log)
    counts = read_search_counts(search_counts_folder(context.settings))
    if counts is not None:
        numbers.update(counts.lists_of_queries)
    searched = search_queries(
        numbers,
        _searcher(context, encoder),
        lambda done, total: context.progress(KIND, f"{done:,} of {total:,} queries"),
        most=most,
    )
    further = None if counts is None else FurtherSearches.of(counts, searched)
    return SearchedLog(make_shown_lists(log, searched), further)


def make_towers_trainer(
    context: JobContext, config: RankerConfig, encoder: "TextEncoder | None"
) -> TrainTowers | None:
    """Return the function that trains the text ranker's student; None where it does not compete."""
    from catalograph.embed.search_ranking.student import is_trainable, train_towers

    wanted = is_trainable() if config.student is None else config.student
    if not wanted or encoder is None:
        return None
    return lambda lists, examined: train_towers(
        lists,
        examined,
        export_texts(context.connection),
        context.snapshot,
        encoder,
        seed=config.seed,
        changes=config.text,
        progress=lambda line: context.progress(KIND, line),
    )


def _searcher(
    context: JobContext, encoder: "TextEncoder | None"
) -> Callable[[str], tuple[list[float] | None, Sequence[SearchCandidate]]]:
    from catalograph.store.queries.search import escape_words
    from catalograph.store.queries.search_candidates import read_candidates

    def search(query: str) -> tuple[list[float] | None, Sequence[SearchCandidate]]:
        vector = None if encoder is None else encoder.encode_queries([query])[0].tolist()
        text = escape_words(query)
        found = read_candidates(context.connection, text=text, vector=vector)
        return vector, found.candidates

    return search
