"""The desk where people review: lists, claims, decisions with their effects, undo, progress."""

import base64
import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from catalograph.errors import ConflictError, InvalidInputError
from catalograph.ingest.review.cases import build_cases
from catalograph.ingest.review.kinds import REVIEW_KINDS, find_kind
from catalograph.ingest.review.queue import ReviewQueue
from catalograph.schema.review import (
    MAX_CORRECTION,
    ReviewCase,
    ReviewCounts,
    ReviewDecisionRequest,
    ReviewFilter,
    ReviewOpinion,
    ReviewPage,
    ReviewProgress,
    ReviewState,
    ReviewVerdict,
    wants_second,
)
from catalograph.settings import Settings
from catalograph.store import Connection, Writer
from catalograph.store.queries.review_queue import (
    StoredItem,
    change_opinions,
    claim_items,
    count_by_reviewer,
    count_facets,
    count_items,
    count_listed,
    list_decided,
    list_unsettled,
    list_waiting,
    read_agreement,
    read_items,
    release_items,
    settle_items,
)

RUN_KIND = "review"
"""Kind of the runs that change facts by decisions."""
_ABANDONED_AFTER = timedelta(minutes=2)
"""Age from which on a verdict that the graph does not follow was abandoned by its process."""


class GraphReviewDesk:
    """A `ReviewDesk` over a graph; safe to call from several threads.

    Args:
        settings: settings of the queue, and the home.
        connection: connection to the graph.
        shared_run: whether decisions share one run, as those of an API do; else each call has one
            of its own, which can be rolled back.
    """

    def __init__(
        self, settings: Settings, connection: Connection, *, shared_run: bool = False
    ) -> None:
        self.queue = ReviewQueue(settings, connection)
        self._settings = settings.review
        self._connection = connection
        self._writer = Writer(connection)
        self._shared_run = shared_run
        self._turn = threading.Lock()

    def list_cases(
        self, chosen: ReviewFilter, state: ReviewState, first: int, after: str | None
    ) -> ReviewPage:
        """See `ReviewDesk.list_cases`."""
        self._check(chosen)
        place = None if after is None else _read_place(after, state)
        waiting, decided = count_listed(self._connection, chosen)
        if state is ReviewState.WAITING:
            items = list_waiting(self._connection, chosen, first + 1, place)
            places = [_write_place(abs(one.confidence - 0.5), one.key) for one in items]
            total = waiting
        else:
            found = list_decided(self._connection, chosen, first + 1, place)
            items = [item for item, _ in found]
            places = [_write_place(time.isoformat(), one.key) for one, time in found]
            total = decided
        cases = build_cases(self._connection, items[:first])
        more = len(items) > first
        return ReviewPage(tuple(cases), total, places[first - 1] if more else None)

    def read_progress(self) -> ReviewProgress:
        """See `ReviewDesk.read_progress`."""
        self.queue.prepare()
        by_kind = {count.kind: count for count in count_items(self._connection)}
        counts = [by_kind.get(name, ReviewCounts(name, 0, 0, 0, 0, 0)) for name in REVIEW_KINDS]
        counts += [count for name, count in by_kind.items() if name not in REVIEW_KINDS]
        attributes, categories = count_facets(self._connection)
        return ReviewProgress(
            (*counts, _sum(counts)),
            read_agreement(self._connection),
            count_by_reviewer(self._connection),
            attributes,
            categories,
        )

    def claim(self, chosen: ReviewFilter, reviewer: str, first: int) -> tuple[ReviewCase, ...]:
        """See `ReviewDesk.claim`."""
        self._check(chosen)
        keys = claim_items(self._connection, chosen, reviewer, first, self._hold)
        return self._read(keys)

    def release(self, keys: Sequence[str], reviewer: str) -> int:
        """See `ReviewDesk.release`."""
        return release_items(self._connection, keys, reviewer)

    def decide(
        self, requests: Sequence[ReviewDecisionRequest], reviewer: str
    ) -> tuple[ReviewCase, ...]:
        """See `ReviewDesk.decide`."""
        self.queue.prepare()
        wanted = {request.key: request for request in requests}
        self._check_requests(wanted)
        now = datetime.now(UTC)

        def decide_one(item: StoredItem) -> list[ReviewOpinion]:
            if item.held_by_other(reviewer, now):
                raise ConflictError(
                    f"Another reviewer holds {item.key} until {item.claimed_until:%H:%M} UTC. "
                    "Claim other items, or decide it later."
                )
            request = wanted[item.key]
            mine = ReviewOpinion(reviewer, request.verdict, request.correction, now)
            return [*(one for one in item.opinions if one.reviewer != reviewer), mine]

        items = change_opinions(self._connection, list(wanted), decide_one, wants=self._wants)
        self._settle([*items, *self._find_abandoned(now)])
        return self._read(list(wanted))

    def undo(self, keys: Sequence[str], reviewer: str) -> tuple[ReviewCase, ...]:
        """See `ReviewDesk.undo`."""
        self.queue.prepare()
        now = datetime.now(UTC)

        def undo_one(item: StoredItem) -> list[ReviewOpinion]:
            left = [one for one in item.opinions if one.reviewer != reviewer]
            if len(left) == len(item.opinions):
                raise ConflictError(
                    f"'{reviewer}' has not decided {item.key}; undo takes back one's own decisions."
                )
            return left

        holder = (reviewer, now + self._hold)
        items = change_opinions(self._connection, keys, undo_one, wants=self._wants, holder=holder)
        self._settle(items)
        return self._read(keys)

    @property
    def _hold(self) -> timedelta:
        return timedelta(minutes=self._settings.claim_minutes)

    def _wants(self, item: StoredItem) -> int:
        return 2 if wants_second(item.key, self._settings.second_share) else 1

    def _check(self, chosen: ReviewFilter) -> None:
        if chosen.kind is not None:
            find_kind(chosen.kind)
        self.queue.prepare()

    def _check_requests(self, wanted: dict[str, ReviewDecisionRequest]) -> None:
        items = read_items(self._connection, list(wanted))
        for key, item in items.items():
            request = wanted[key]
            check = find_kind(item.kind).check
            if request.verdict is not ReviewVerdict.CORRECT:
                if request.correction is not None:
                    raise InvalidInputError(
                        f"{key}: a value is given, but the verdict is '{request.verdict}'. "
                        "Leave the value out, or correct the item."
                    )
                continue
            if check is None:
                raise InvalidInputError(f"{key} is of kind '{item.kind}': accept or reject it.")
            value = (request.correction or "").strip()
            if not 1 <= len(value) <= MAX_CORRECTION:
                raise InvalidInputError(
                    f"{key}: a correction needs the right value, 1 to {MAX_CORRECTION} characters."
                )
            check(item, value)
            wanted[key] = replace(request, correction=value)

    def _find_abandoned(self, now: datetime) -> list[StoredItem]:
        keys = list_unsettled(self._connection, now - _ABANDONED_AFTER)
        return list(read_items(self._connection, keys).values()) if keys else []

    def _settle(self, items: Sequence[StoredItem]) -> None:
        """Make the graph follow the verdicts of items."""
        by_kind: dict[str, list[StoredItem]] = defaultdict(list)
        for item in {item.key: item for item in items}.values():
            by_kind[item.kind].append(item)
        with self._turn:
            run = (self._writer.share_run if self._shared_run else self._writer.start_run)(RUN_KIND)
            for name, found in by_kind.items():
                undo = find_kind(name).settle(self._writer, found, run)
                settle_items(
                    self._connection, [replace(item, undo=undo[item.key]) for item in found]
                )
            if not self._shared_run:
                self._writer.finish_run(run, {"decided": len(items)})

    def _read(self, keys: Sequence[str]) -> tuple[ReviewCase, ...]:
        items = read_items(self._connection, keys)
        return tuple(build_cases(self._connection, [items[key] for key in keys if key in items]))


def _sum(counts: Sequence[ReviewCounts]) -> ReviewCounts:
    total = {
        name: sum(getattr(count, name) for count in counts)
        for name in asdict(counts[0])
        if name != "kind"
    }
    return ReviewCounts(None, **total)


def _write_place(place: float | str, key: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([place, key])).decode()


def _read_place(after: str, state: ReviewState) -> Any:
    try:
        place, key = orjson.loads(base64.urlsafe_b64decode(after))
        place = float(place) if state is ReviewState.WAITING else datetime.fromisoformat(place)
    except (ValueError, TypeError) as exc:
        raise InvalidInputError(
            "'after' is no place in this list; take `endCursor` of the page before."
        ) from exc
    return place, str(key)
