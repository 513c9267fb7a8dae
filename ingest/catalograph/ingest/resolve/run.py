"""A reversible resolution run over the graph: candidates, scores, constraints, clusters.

Only products that changed since the last resolution are compared again, with all their candidates;
the other clusters stay unchanged.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from catalograph.ingest.resolve.canonical_view import claims_of
from catalograph.ingest.resolve.catalogue import (
    candidate_pairs,
    find_by_identifier,
    read_records,
)
from catalograph.ingest.resolve.clusters import Grouping, Link
from catalograph.ingest.resolve.corpus import Corpus
from catalograph.ingest.resolve.decisions import (
    Constraints,
    Decisions,
    difference,
    list_groups,
    read_decisions,
    regroup,
)
from catalograph.ingest.resolve.explanation import PairExplainer, PairExplanation
from catalograph.ingest.resolve.llm_matcher import PairJudge
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.ingest.resolve.rules import PairScorer, RuleScorer
from catalograph.ingest.resolve.source_trust import learn_trust
from catalograph.ingest.review.pairs import pair_question
from catalograph.store import Connection, Writer
from catalograph.store.queries.resolve import (
    KIND,
    Cluster,
    ClusterKind,
    Member,
    clusters_of,
    last_resolution,
    listed_products,
    make_cluster,
    replace_clusters,
)
from catalograph.store.queries.review_queue import put_items

_CHUNK = 1_000


@dataclass(frozen=True)
class ResolveOptions:
    """Options of a resolution.

    Attributes:
        everything: compare all products, not only those changed since the last resolution.
        dry_run: write nothing.
        neighbours: number of similar products that each index proposes.
    """

    everything: bool = False
    dry_run: bool = False
    neighbours: int = 10


@dataclass(frozen=True)
class ResolveReport:
    """Result of a resolution.

    Attributes:
        run: id of the run; None for a dry run.
        products: number of products compared again.
        candidates: number of pairs compared.
        forbidden: number of contradicting pairs, by kind of contradiction.
        linked: number of pairs joined, including pairs joined before.
        judged: number of pairs that the judge decided.
        refused: number of pairs joined by score but kept apart by another member of their cluster.
        set_aside: number of pairs that wait for a decision.
        created: number of clusters created or changed.
        removed: number of clusters removed or replaced.
        clusters: current clusters of the compared products.
        trust: accuracy of each source.
        seconds: wall time, in seconds.
    """

    run: str | None
    products: int
    candidates: int
    forbidden: Mapping[str, int]
    linked: int
    judged: int
    refused: int
    set_aside: int
    created: int
    removed: int
    clusters: tuple[tuple[str, ...], ...]
    trust: Mapping[str, float]
    seconds: float = 0.0


@dataclass
class _Findings:
    """Intermediate results of scoring."""

    records: dict[str, ProductRecord] = field(default_factory=dict)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    grey: dict[tuple[str, str], float] = field(default_factory=dict)
    why: dict[tuple[str, ...], PairExplanation] = field(default_factory=dict)
    forbidden: Counter[str] = field(default_factory=Counter)
    candidates: int = 0
    judged: int = 0


def resolve(
    connection: Connection,
    scorer: PairScorer | None = None,
    judge: PairJudge | None = None,
    options: ResolveOptions | None = None,
) -> ResolveReport:
    """Find products that are the same and store them as clusters.

    Args:
        connection: connection to a migrated graph.
        scorer: scorer trained on labelled pairs; None uses rules over identifiers.
        judge: judge of pairs in the scorer's grey band; None sets these pairs aside.
        options: options of the resolution.

    Raises:
        StoreUnavailableError: the database does not answer; run it again.
    """
    began, chosen = time.perf_counter(), options or ResolveOptions()
    scorer = scorer or RuleScorer()
    writer = Writer(connection)
    run = None if chosen.dry_run else writer.start_run(KIND, asdict(chosen))
    try:
        report = _resolve(connection, scorer, judge, chosen, run)
    except BaseException as exc:
        if run is not None:
            writer.fail_run(run, str(exc))
        raise
    report = replace(report, seconds=round(time.perf_counter() - began, 3))
    if run is not None:
        counts = {name: value for name, value in asdict(report).items() if name != "clusters"}
        writer.finish_run(run, counts)
    return report


def _resolve(
    connection: Connection,
    scorer: PairScorer,
    judge: PairJudge | None,
    options: ResolveOptions,
    run: str | None,
) -> ResolveReport:
    touched = _list_touched(connection, options.everything)
    decisions = read_decisions(connection)
    found = _Findings()
    met = find_by_identifier(connection, touched)
    for start in range(0, len(touched), _CHUNK):
        _score(
            connection,
            scorer,
            touched[start : start + _CHUNK],
            met,
            options.neighbours,
            decisions,
            found,
        )
    _judge(judge, scorer, found)
    regrouped = regroup(connection, found.links.values(), decisions, found.records, touched)
    before, grouping = regrouped.before, regrouped.grouping
    after = list_groups(grouping)
    aside = _undecided_pairs(scorer, found.grey, grouping)
    waiting = clusters_of(connection, touched, ClusterKind.ASIDE)
    removed, created = difference({**before, **waiting}, {c.key: c for c in (*after, *aside)})
    if run is not None:
        replace_clusters(connection, removed, created, run)
        put_items(
            connection,
            [pair_question(pair, found.records, found.why.get(pair.products)) for pair in aside],
        )
    return ResolveReport(
        run=run,
        products=len(touched),
        candidates=found.candidates,
        forbidden=dict(sorted(found.forbidden.items())),
        linked=regrouped.links,
        judged=found.judged,
        refused=len(grouping.refusals),
        set_aside=len(aside),
        created=len(created),
        removed=len(removed),
        clusters=grouping.groups,
        trust=_trust(connection, regrouped.records, after),
    )


def _list_touched(connection: Connection, everything: bool) -> list[str]:
    last = None if everything else last_resolution(connection)
    if last is None:
        return sorted(listed_products(connection))
    return sorted(Writer(connection).changed_products(last.started))


def _score(
    connection: Connection,
    scorer: PairScorer,
    touched: Sequence[str],
    met: Mapping[str, set[str]],
    neighbours: int,
    decisions: Decisions,
    found: _Findings,
) -> None:
    """Score some products against their candidates."""
    records = read_records(connection, touched)
    pairs = sorted(candidate_pairs(connection, list(records.values()), met, neighbours))
    others = {key for pair in pairs for key in pair} - set(records)
    records |= read_records(connection, sorted(others))
    constraints = Constraints(records, decisions)
    allowed = []
    for left, right in pairs:
        if left not in records or right not in records:
            continue
        found.candidates += 1
        if (left, right) in decisions.together:
            continue  # `regroup` joins these, whatever the scorer says
        reason = constraints(left, right)
        if reason:
            found.forbidden[reason] += 1
        else:
            allowed.append((left, right))
    low, high = scorer.band
    scores, explain = _scores(scorer, records, allowed)
    grey = []
    for n, ((left, right), score) in enumerate(zip(allowed, scores, strict=True)):
        if score > max(high, scorer.threshold):
            found.links[left, right] = Link(left, right, score, scorer.method)
        elif score >= low:
            found.grey[left, right] = score
            grey.append(n)
    found.why |= dict(zip((allowed[n] for n in grey), explain(grey), strict=False))
    used = {key for pair in (*found.links, *found.grey) for key in pair}
    found.records |= {key: record for key, record in records.items() if key in used}


def _scores(
    scorer: PairScorer, records: Mapping[str, ProductRecord], pairs: Sequence[tuple[str, str]]
) -> tuple[list[float], Callable[[Sequence[int]], list[PairExplanation]]]:
    """Return the scores of pairs, and what explains those of some of them, by place."""
    if not pairs:
        return [], lambda places: []
    keys = sorted({key for pair in pairs for key in pair})
    places = {key: n for n, key in enumerate(keys)}
    corpus = Corpus([records[key] for key in keys], scorer.encode)
    indexes = np.array([(places[a], places[b]) for a, b in pairs], np.int64)

    def explain(rows: Sequence[int]) -> list[PairExplanation]:
        if not rows or not isinstance(scorer, PairExplainer):
            return []
        return scorer.explain(corpus, indexes, np.array(rows, np.int64))

    return [round(float(score), 6) for score in scorer.score(corpus, indexes)], explain


def _judge(judge: PairJudge | None, scorer: PairScorer, found: _Findings) -> None:
    """Let the judge decide the grey pairs; pairs that it cannot decide stay grey."""
    if judge is None or not found.grey:
        return
    pairs = sorted(found.grey)
    answers = judge.judge([(found.records[a], found.records[b]) for a, b in pairs])
    for (left, right), answer in zip(pairs, answers, strict=True):
        if answer is None:
            continue
        score = found.grey.pop((left, right))
        found.judged += 1
        if answer:
            # An accepted pair counts at least as much as one at the threshold.
            found.links[left, right] = Link(left, right, max(score, scorer.threshold), "judge")


def _undecided_pairs(
    scorer: PairScorer, grey: Mapping[tuple[str, str], float], grouping: Grouping
) -> list[Cluster]:
    """Return the undecided pairs, without those that other links joined."""
    low, high = scorer.band
    reason = (
        f"{scorer.method}: below {low:.3g} it is another product, above "
        f"{max(high, scorer.threshold):.3g} the same one"
    )
    return [
        make_cluster(ClusterKind.ASIDE, [Member(p, score, "undecided") for p in pair], reason)
        for pair, score in sorted(grey.items())
        if not grouping.holds(pair)
    ]


def _trust(
    connection: Connection, records: Mapping[str, ProductRecord], clusters: Iterable[Cluster]
) -> dict[str, float]:
    """Return source trust learned from these clusters; other sources keep their last value."""
    last = last_resolution(connection)
    known = dict(last.counts.get("trust", {})) if last else {}
    claims = [claim for cluster in clusters for claim in claims_of(cluster, records)]
    learned = {source: round(value, 4) for source, value in learn_trust(claims).items()}
    return dict(sorted({**known, **learned}.items()))
