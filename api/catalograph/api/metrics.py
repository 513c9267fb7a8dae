"""Prometheus metrics, one answer for all workers.

Labels come from bounded sets only: kinds of operation, codes, names of statements, and names of
operations of persisted documents. Any other name that a caller sends is counted as `other`.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from catalograph.api.request_context import RequestContext
from catalograph.errors import StoreError
from catalograph.settings import prometheus_folder
from catalograph.settings.api import ApiSettings

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_STATEMENTS = (0, 1, 2, 3, 5, 8, 13, 21)
_COST = (1, 10, 30, 100, 300, 1_000, 3_000, 10_000)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})  # the last is Starlette's TestClient
# A proxy on this machine sends one of these headers; its requests come from elsewhere.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
_OTHER = "other"


@dataclass(frozen=True)
class StatementFigures:
    """How long the statements of a name took since the server started.

    Attributes:
        name: name of the statement.
        count: number of times it was sent.
        seconds: time in all.
        slow: upper bound of the time that 95 of 100 took, in seconds; None beyond the longest
            that is told apart.
    """

    name: str
    count: int
    seconds: float
    slow: float | None


class Metrics:
    """Metrics of one process; several workers add up the files that they share."""

    def __init__(self) -> None:
        self._folder = prometheus_folder()
        # A registry for each application: tests make many of them in one process.
        self._registry = CollectorRegistry()
        self._request_figures(self._registry)
        self._search_figures(self._registry)
        self._database_figures(self._registry)

    def _request_figures(self, own: CollectorRegistry) -> None:
        self.requests = Counter(
            "catalograph_requests",
            "Requests by path, kind and name of operation, and first error code.",
            ("path", "kind", "operation", "code"),
            registry=own,
        )
        self.seconds = Histogram(
            "catalograph_request_seconds",
            "Seconds of a request.",
            ("path", "kind"),
            buckets=_SECONDS,
            registry=own,
        )
        self.statements = Histogram(
            "catalograph_request_statements",
            "Statements that a request sent to the database.",
            ("kind",),
            buckets=_STATEMENTS,
            registry=own,
        )
        self.cost = Histogram(
            "catalograph_request_cost",
            "Cost of a request, as in extensions.cost.",
            ("kind",),
            buckets=_COST,
            registry=own,
        )
        self.rate_limited = Counter(
            "catalograph_rate_limited", "Requests refused by a rate limit.", registry=own
        )
        self.degraded = Counter(
            "catalograph_degraded",
            "Answers with an older list, as the database was away.",
            ("field",),
            registry=own,
        )

        self.kept_answers = Counter(
            "catalograph_kept_answers",
            "Answers looked for in the cache, by whether they were there.",
            ("found",),
            registry=own,
        )

    def _search_figures(self, own: CollectorRegistry) -> None:
        self.second_stage = Counter(
            "catalograph_second_stage",
            "Searches with a live ranker: ranked by it, or not, as its artefact is unavailable.",
            ("outcome",),
            registry=own,
        )
        self.second_stage_seconds = Histogram(
            "catalograph_second_stage_seconds",
            "Seconds that the second stage of a search took.",
            buckets=_SECONDS,
            registry=own,
        )

    def _database_figures(self, own: CollectorRegistry) -> None:
        self.served_dropped = Counter(
            "catalograph_served_lists_dropped",
            "Served lists let go, as too many waited for the database.",
            registry=own,
        )
        self.database_errors = Counter(
            "catalograph_database_errors", "Statements that failed.", ("error",), registry=own
        )
        self.statement_seconds = Histogram(
            "catalograph_statement_seconds",
            "Seconds of a statement, by its name.",
            ("statement",),
            buckets=_SECONDS,
            registry=own,
        )
        self.in_use = Gauge(
            "catalograph_pool_in_use",
            "Statements that are on their way, each on a connection of the pool.",
            multiprocess_mode="livesum",
            registry=own,
        )
        self.pool_size = Gauge(
            "catalograph_pool_size",
            "Connections that the pools may hold.",
            multiprocess_mode="livesum",
            registry=own,
        )

    def request(self, known: RequestContext, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        kind = known.kind or "none"
        code = known.codes[0] if known.codes else ("OK" if status < 400 else f"HTTP_{status}")
        operation = known.operation or "" if known.trusted else (_OTHER if known.operation else "")
        self.requests.labels(path, kind, operation, code).inc()
        self.seconds.labels(path, kind).observe(seconds)
        if "RATE_LIMITED" in known.codes or status == 429:
            self.rate_limited.inc()
        if known.cost:
            self.statements.labels(kind).observe(known.cost.get("statements", 0))
            cost = known.cost.get("actual", known.cost.get("requested"))
            if cost is not None:
                self.cost.labels(kind).observe(cost)

    @contextmanager
    def statement(self, name: str) -> Iterator[None]:
        """Count and time a statement."""
        self.in_use.inc()
        try:
            with self.statement_seconds.labels(name).time():
                yield
        except StoreError as exc:
            self.database_errors.labels(type(exc).__name__).inc()
            raise
        finally:
            self.in_use.dec()

    def statement_figures(self) -> list[StatementFigures]:
        """Return how long the statements of each name took, the most time in all first."""
        counts: dict[str, float] = {}
        seconds: dict[str, float] = {}
        buckets: dict[str, list[tuple[float, float]]] = {}
        for family in self._everyone().collect():
            if family.name != "catalograph_statement_seconds":
                continue
            for sample in family.samples:
                name = sample.labels["statement"]
                if sample.name.endswith("_count"):
                    counts[name] = sample.value
                elif sample.name.endswith("_sum"):
                    seconds[name] = sample.value
                elif sample.name.endswith("_bucket"):
                    edge = float(sample.labels["le"])
                    buckets.setdefault(name, []).append((edge, sample.value))
        figures = [
            StatementFigures(name, int(count), seconds[name], _quantile(buckets[name], 0.95))
            for name, count in counts.items()
            if count
        ]
        return sorted(figures, key=lambda one: (-one.seconds, one.name))

    def _everyone(self) -> CollectorRegistry:
        """Return the registry of this process, or one that adds up all workers."""
        if self._folder is None:
            return self._registry
        from prometheus_client import multiprocess

        _forget_the_dead(self._folder)
        everyone = CollectorRegistry()
        multiprocess.MultiProcessCollector(everyone, path=str(self._folder))  # type: ignore[no-untyped-call]
        return everyone

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text form."""
        return generate_latest(self._everyone())


def _quantile(buckets: list[tuple[float, float]], share: float) -> float | None:
    """Return the upper edge of the bucket that a share of the counts is reached in."""
    ordered = sorted(buckets)
    wanted = share * ordered[-1][1]
    edge = next(edge for edge, count in ordered if count >= wanted)
    return edge if math.isfinite(edge) else None


def _forget_the_dead(folder: Path) -> None:
    """Remove gauges of ended workers from the sums."""
    from prometheus_client import multiprocess

    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if pid != os.getpid() and not psutil.pid_exists(pid):
            multiprocess.mark_process_dead(pid, path=str(folder))  # type: ignore[no-untyped-call]


def metrics_page(metrics: Metrics, settings: ApiSettings, request: Request) -> Response:
    """Answer `/metrics` to callers who may read it."""
    if settings.metrics == "off" or (settings.metrics == "loopback" and not _near(request)):
        return PlainTextResponse("Not Found", 404)
    return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _near(request: Request) -> bool:
    """Return whether a request comes from this machine, and not through a proxy."""
    host = request.client.host if request.client else ""
    return host in _LOOPBACK and not any(name in request.headers for name in _FORWARDED)
