"""The review queue: what waits for a decision of a person, and the decisions.

An item is a question about something in the graph. What kinds of questions there are says the
registry in `catalograph.ingest.review.kinds`; everything here is the same for all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from catalograph.schema.graph_types import (
    NodeType,
    PropertySpec,
    PropertyType,
    RelationType,
    Wording,
)

MAX_CORRECTION = 200
"""Largest number of characters of the value that a person states instead of a proposed one."""
MAX_REVIEWER = 100
"""Largest number of characters of the name of a reviewer."""
MAX_BATCH = 200
"""Largest number of items that are claimed, decided or undone at once."""


class ReviewVerdict(StrEnum):
    """What a person says of an item."""

    ACCEPT = "accept"
    """It is right."""
    REJECT = "reject"
    """It is wrong."""
    CORRECT = "correct"
    """It is wrong, and the person states what is right."""


class ReviewState(StrEnum):
    """Which items to list."""

    WAITING = "waiting"
    """Nobody has decided, or another person should decide as well."""
    DECIDED = "decided"
    """Decided, the latest first."""


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Restriction of the items of the queue; None does not restrict.

    Attributes:
        kind: name of a kind.
        category: name of a category, of the product that an item is about.
        attribute: name of an attribute.
    """

    kind: str | None = None
    category: str | None = None
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewSide:
    """A record to look at beside an item: a product as its catalogue describes it.

    Attributes:
        key: key of the product.
        title: its title.
        image_url: address of its picture, if it has one.
        fields: names and texts of what else is known, in the order to show them.
    """

    key: str
    title: str
    image_url: str | None
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReviewFeature:
    """Something that a score rests on.

    Attributes:
        name: name of the feature.
        value: its value; None where it has none.
        contribution: what it adds to the score, in the unit of the score; None if unknown.
    """

    name: str
    value: float | None
    contribution: float | None


@dataclass(frozen=True, slots=True)
class ReviewOpinion:
    """Decision of one reviewer about an item."""

    reviewer: str
    verdict: ReviewVerdict
    correction: str | None
    time: datetime


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """An item of the queue, with all that a person needs to decide it.

    Attributes:
        key: key of the item.
        kind: name of its kind.
        subject: key of the node that the item is about.
        attribute: attribute that it is about, if any.
        category: name of the category of its product, if known.
        confidence: how sure the machine is that it is right, 0 to 1.
        proposed: proposed value, if it is about one.
        text: text that it was read in, if any.
        field: name of that text among the product's properties.
        start: first character of the evidence in the text, from 0.
        end: one past the last character of the evidence.
        origin: what proposed it: name of an extractor, a scorer, a generator.
        notes: what speaks against it, in words.
        sides: records to look at; two for a pair.
        features: what its score rests on; the contributions and `base` add up to the score.
        base: score before any contribution; None where contributions are unknown.
        scale: unit of the score: `log-odds` or `score`.
        correctable: whether a person may state another value.
        queued: when it came into the queue.
        verdict: verdict in force; None without one.
        correction: value that a person states instead.
        opinions: decisions, the first one first.
        wanted: number of reviewers who should decide.
        claimed_by: reviewer who holds it, if anybody does.
        claimed_until: when that claim ends.
    """

    key: str
    kind: str
    subject: str
    attribute: str | None
    category: str | None
    confidence: float
    proposed: str | None
    text: str | None
    field: str | None
    start: int | None
    end: int | None
    origin: str
    notes: tuple[Wording, ...]
    sides: tuple[ReviewSide, ...]
    features: tuple[ReviewFeature, ...]
    base: float | None
    scale: str | None
    correctable: bool
    queued: datetime
    verdict: ReviewVerdict | None
    correction: str | None
    opinions: tuple[ReviewOpinion, ...]
    wanted: int
    claimed_by: str | None
    claimed_until: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """Number of items of a kind, or of all.

    Attributes:
        kind: name of the kind; None for all.
        waiting: items without a decision.
        claimed: those of them that somebody holds now.
        second: items with a decision that another person should decide as well.
        decided: items whose verdict is settled.
        disputed: items on which reviewers disagree, settled or not.
    """

    kind: str | None
    waiting: int
    claimed: int
    second: int
    decided: int
    disputed: int


@dataclass(frozen=True, slots=True)
class ReviewAgreement:
    """How far reviewers agree on items that two of them decided.

    Attributes:
        kind: name of the kind; None for all.
        items: number of such items.
        share: share of them with equal verdicts, 0 to 1; None without items.
        kappa: Cohen's kappa, -1 to 1: agreement beyond chance; None where it is not defined.
    """

    kind: str | None
    items: int
    share: float | None
    kappa: float | None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Part of the queue; `after` goes on behind it, None at the end."""

    cases: tuple[ReviewCase, ...]
    total: int
    after: str | None


@dataclass(frozen=True, slots=True)
class ReviewFacet:
    """A value by which waiting items can be filtered, with their number."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """How far the review is.

    Attributes:
        counts: counts of each kind, then of all.
        agreement: agreement on each kind, then on all.
        reviewers: number of decisions by reviewer, the most first.
        attributes: attributes of waiting items, the most frequent first.
        categories: categories of waiting items, the most frequent first.
    """

    counts: tuple[ReviewCounts, ...]
    agreement: tuple[ReviewAgreement, ...]
    reviewers: tuple[ReviewFacet, ...]
    attributes: tuple[ReviewFacet, ...]
    categories: tuple[ReviewFacet, ...]


@dataclass(frozen=True, slots=True)
class ReviewDecisionRequest:
    """A decision to record: key of the item, verdict, and the right value for a correction."""

    key: str
    verdict: ReviewVerdict
    correction: str | None = None


class ReviewDesk(Protocol):
    """Port of the review queue. Items are named by key; methods block."""

    def list_cases(
        self, chosen: ReviewFilter, state: ReviewState, first: int, after: str | None
    ) -> ReviewPage:
        """Return a part of the queue, the least certain items first.

        Raises:
            InvalidInputError: there is no such kind, or `after` is no place in this list.
        """

    def read_progress(self) -> ReviewProgress:
        """Count items, decisions and agreement."""

    def claim(self, chosen: ReviewFilter, reviewer: str, first: int) -> tuple[ReviewCase, ...]:
        """Hold items for a reviewer, so that nobody else gets them until the claim expires.

        Items that the reviewer holds already come first, with a new expiry.

        Raises:
            InvalidInputError: there is no such kind.
        """

    def release(self, keys: Sequence[str], reviewer: str) -> int:
        """End claims of a reviewer; return how many there were."""

    def decide(
        self, requests: Sequence[ReviewDecisionRequest], reviewer: str
    ) -> tuple[ReviewCase, ...]:
        """Record decisions and change the graph by them.

        A decision of the same reviewer about the same item replaces the earlier one.

        Raises:
            NotFoundError: there is no such item; then nothing is decided.
            ConflictError: another reviewer holds an item; then nothing is decided.
            InvalidInputError: an item cannot be corrected, or the right value is missing.
        """

    def undo(self, keys: Sequence[str], reviewer: str) -> tuple[ReviewCase, ...]:
        """Take decisions of a reviewer back, with what they changed in the graph.

        Raises:
            NotFoundError: there is no such item; then nothing is undone.
            ConflictError: the reviewer has not decided an item; then nothing is undone.
        """


def _text(name: str, doc: str, **limits: object) -> PropertySpec:
    return PropertySpec(name, PropertyType.STRING, doc, **limits)  # type: ignore[arg-type]


_VERDICTS = frozenset(ReviewVerdict)

REVIEW_NODES = (
    NodeType(
        "ReviewItem",
        "A question to people: whether something that a machine proposes is right.",
        "`review-item:<hash of what is asked>`",
        (
            _text("kind", "Kind of question, such as `value` or `pair`.", required=True),
            _text("subject", "Key of the node that it is about.", required=True, max_length=2_000),
            _text("product", "Key of the product that it is about, if it is one."),
            _text("attribute", "Attribute that it is about."),
            _text("category", "Name of the category of its product."),
            PropertySpec(
                "confidence", PropertyType.FLOAT, "How sure the machine is, 0 to 1.",
                required=True, minimum=0, maximum=1,
            ),
            PropertySpec(
                "place", PropertyType.FLOAT, "Order of the queue: distance of `confidence` from ½.",
                required=True, minimum=0,
            ),
            _text("question", "What is asked, as JSON.", required=True, max_length=1_000_000),
            _text("stamp", "Hash of what was asked; another one asks anew."),
            _text("tail", "Key of the proposed brand, category or value.", max_length=2_000),
            PropertySpec("waiting", PropertyType.BOOLEAN, "Whether anybody should decide.",
                         required=True),
            PropertySpec("queued", PropertyType.DATETIME, "When it was asked.", required=True),
            PropertySpec("opinions", PropertyType.INTEGER, "Number of decisions.",
                         required=True, minimum=0),
            PropertySpec("wanted", PropertyType.INTEGER, "Number of reviewers who should decide.",
                         required=True, minimum=1),
            PropertySpec("disputed", PropertyType.BOOLEAN, "Whether reviewers disagree.",
                         required=True),
            _text("verdict", "ReviewVerdict in force.", choices=_VERDICTS),
            _text("correction", "Right value, as a person states it.", max_length=MAX_CORRECTION),
            PropertySpec("decided", PropertyType.DATETIME, "When the last decision was made."),
            PropertySpec("unsettled", PropertyType.BOOLEAN,
                         "True while the graph does not follow the verdict yet."),
            _text("undo", "What the verdict changed in the graph, as JSON, to take it back.",
                  max_length=1_000_000),
            _text("claimed_by", "Reviewer who holds it.", max_length=MAX_REVIEWER),
            PropertySpec("claimed_until", PropertyType.DATETIME, "When that claim ends."),
        ),
    ),
    NodeType(
        "ReviewDecision",
        "What one reviewer decided about an item.",
        "`review-decision:<hash of item and reviewer>`",
        (
            _text("reviewer", "Name of the reviewer.", required=True, max_length=MAX_REVIEWER),
            _text("verdict", "What the reviewer says.", required=True, choices=_VERDICTS),
            _text("correction", "Right value.", max_length=MAX_CORRECTION),
            PropertySpec("time", PropertyType.DATETIME, "When.", required=True),
        ),
    ),
)  # fmt: skip
"""Items of the review queue, and decisions."""

REVIEW_RELATIONS = (
    RelationType("DECIDES", "Is a decision about.", (("ReviewDecision", "ReviewItem"),)),
)
"""Relation of a decision to its item."""


def settle_verdict(opinions: Sequence[ReviewOpinion]) -> ReviewOpinion | None:
    """Return the opinion in force: one of the most frequent, of equally frequent ones the first.

    Args:
        opinions: decisions about one item, the first one first.
    """
    if not opinions:
        return None
    votes: dict[tuple[ReviewVerdict, str | None], int] = {}
    for one in opinions:
        votes[one.verdict, one.correction] = votes.get((one.verdict, one.correction), 0) + 1
    return max(opinions, key=lambda one: votes[one.verdict, one.correction])


def measure_agreement(
    kind: str | None, pairs: Sequence[tuple[ReviewVerdict, ReviewVerdict]]
) -> ReviewAgreement:
    """Measure the agreement of the first two reviewers of each item.

    kappa = (p_o - p_e) / (1 - p_e), with the observed share p_o of equal verdicts and the share
    p_e that independent reviewers with the same frequencies would have (Cohen, 1960).

    Args:
        kind: name of the kind; None for all.
        pairs: verdicts of the first and the second reviewer, one pair an item.
    """
    if not pairs:
        return ReviewAgreement(kind, 0, None, None)
    n = len(pairs)
    observed = sum(a == b for a, b in pairs) / n
    expected = sum(
        sum(a == verdict for a, _ in pairs) * sum(b == verdict for _, b in pairs)
        for verdict in ReviewVerdict
    ) / (n * n)
    kappa = None if expected == 1 else (observed - expected) / (1 - expected)
    return ReviewAgreement(kind, n, observed, kappa)


def wants_second(key: str, share: float) -> bool:
    """Return whether an item belongs to the share that two reviewers decide; fixed by its key."""
    return int(key.rsplit(":", 1)[-1][:8], 16) < share * 16**8
