"""The review queue: items to decide, decisions, progress and agreement."""

from datetime import datetime

import strawberry

from catalograph.api.decorators import require_scope
from catalograph.api.types.connection import PageInfo
from catalograph.schema.review import (
    ReviewAgreement,
    ReviewCase,
    ReviewCounts,
    ReviewFacet,
    ReviewPage,
    ReviewProgress,
    ReviewSide,
    ReviewState,
    ReviewVerdict,
)

SCOPE = "review:write"
"""Scope of all that concerns the review queue."""

strawberry.enum(ReviewVerdict, description="What a person says of an item.")
strawberry.enum(ReviewState, description="Which items of the review queue to list.")


@strawberry.type(name="ReviewNote", description="What speaks against an item.")
class ReviewItemNote:
    """A note, in the languages of the product."""

    en: str = strawberry.field(description="In English.")
    zh: str = strawberry.field(description="In Chinese.")


@strawberry.type(name="ReviewField", description="A name and a text of a record.")
class ReviewRecordField:
    """A field of a record."""

    name: str = strawberry.field(description="Its name, such as `brand` or an attribute.")
    text: str = strawberry.field(description="What the record says.")


@strawberry.type(name="ReviewRecord", description="A product to look at beside an item, as it is.")
class ReviewRecord:
    """A record."""

    key: str = strawberry.field(description="Key of the product.")
    title: str = strawberry.field(description="Its title.")
    image_url: str | None = strawberry.field(description="Its picture.")
    fields: list[ReviewRecordField] = strawberry.field(
        description="What else is known, in the order to show it."
    )

    @classmethod
    def of(cls, side: ReviewSide) -> "ReviewRecord":
        """Wrap a record."""
        fields = [ReviewRecordField(name=name, text=text) for name, text in side.fields]
        return cls(key=side.key, title=side.title, image_url=side.image_url, fields=fields)


@strawberry.type(name="ReviewFeature", description="Something that the score of an item rests on.")
class ReviewItemFeature:
    """A feature."""

    name: str = strawberry.field(description="Its name; `others` sums those that are not named.")
    value: float | None = strawberry.field(description="Its value, -1 where a record lacks it.")
    contribution: float | None = strawberry.field(
        description="What it adds to the score; null where that is not known."
    )


@strawberry.type(name="ReviewDecision", description="What a reviewer decided about an item.")
class ReviewItemDecision:
    """A decision."""

    reviewer: str = strawberry.field(description="Name of the reviewer.")
    verdict: ReviewVerdict = strawberry.field(description="What the reviewer says.")
    correction: str | None = strawberry.field(description="The right value, for a correction.")
    time: datetime = strawberry.field(description="When.")


@strawberry.type(
    name="ReviewItem",
    description="A question to people: whether something that a machine proposes is right.",
)
class ReviewQueueItem:
    """An item."""

    key: str = strawberry.field(description="Its key, `review-item:<hash>`.")
    kind: str = strawberry.field(
        description="Kind of question: `value`, `pair`, `plausibility`, `imputed`, `text`; more "
        "may come."
    )
    subject: str = strawberry.field(description="Key of the node that it is about.")
    attribute: str | None = strawberry.field(description="Attribute that it is about.")
    category: str | None = strawberry.field(description="Category of its product.")
    confidence: float = strawberry.field(
        description="How sure the machine is that it is right, 0 to 1."
    )
    proposed: str | None = strawberry.field(description="The proposed value.")
    text: str | None = strawberry.field(description="Text that it was read in, or that it is.")
    field: str | None = strawberry.field(description="Name of that text: `title`, `description`.")
    start: int | None = strawberry.field(
        description="First character of the evidence in the text, from 0; as Unicode code points."
    )
    end: int | None = strawberry.field(description="One past the last character of the evidence.")
    origin: str = strawberry.field(
        description="What proposed it: name of an extractor, of a scorer, of a generator."
    )
    notes: list[ReviewItemNote] = strawberry.field(description="What speaks against it.")
    records: list[ReviewRecord] = strawberry.field(
        description="Products to look at; both of a pair, side by side."
    )
    features: list[ReviewItemFeature] = strawberry.field(
        description="What the score rests on, the strongest first. `base` and the contributions "
        "add up to the score."
    )
    base: float | None = strawberry.field(description="Score before any contribution.")
    scale: str | None = strawberry.field(
        description="Unit of contributions: `log-odds`, whose logistic function is the confidence, "
        "or `score`."
    )
    correctable: bool = strawberry.field(description="Whether another value may be stated.")
    queued: datetime = strawberry.field(description="When it came into the queue.")
    verdict: ReviewVerdict | None = strawberry.field(description="ReviewVerdict in force.")
    correction: str | None = strawberry.field(description="Right value, as a person states it.")
    decisions: list[ReviewItemDecision] = strawberry.field(
        description="Decisions, the first one first."
    )
    wanted: int = strawberry.field(description="Number of reviewers who should decide.")
    claimed_by: str | None = strawberry.field(description="Reviewer who holds it now.")
    claimed_until: datetime | None = strawberry.field(description="End of that claim.")

    @classmethod
    def of(cls, case: ReviewCase) -> "ReviewQueueItem":
        """Wrap an item."""
        same = {
            name: getattr(case, name)
            for name in (
                "key", "kind", "subject", "attribute", "category", "confidence", "proposed",
                "text", "field", "start", "end", "origin", "base", "scale", "correctable",
                "queued", "verdict", "correction", "wanted", "claimed_by", "claimed_until",
            )
        }  # fmt: skip
        return cls(
            **same,
            notes=[ReviewItemNote(en=note.en, zh=note.zh) for note in case.notes],
            records=[ReviewRecord.of(side) for side in case.sides],
            features=[
                ReviewItemFeature(name=f.name, value=f.value, contribution=f.contribution)
                for f in case.features
            ],
            decisions=[
                ReviewItemDecision(
                    reviewer=o.reviewer, verdict=o.verdict, correction=o.correction, time=o.time
                )
                for o in case.opinions
            ],
        )


@strawberry.type(name="ReviewCounts", description="Number of items of a kind, or of all.")
class ReviewKindCounts:
    """Counts."""

    kind: str | None = strawberry.field(description="The kind; null for all.")
    waiting: int = strawberry.field(description="Items without a decision.")
    claimed: int = strawberry.field(description="Those of them that somebody holds now.")
    second: int = strawberry.field(
        description="Items with a decision that another person should decide as well."
    )
    decided: int = strawberry.field(description="Items whose verdict is settled.")
    disputed: int = strawberry.field(description="Items on which reviewers disagree.")

    @classmethod
    def of(cls, counts: ReviewCounts) -> "ReviewKindCounts":
        """Wrap counts."""
        return cls(**{name: getattr(counts, name) for name in counts.__slots__})


@strawberry.type(
    name="ReviewAgreement", description="How far reviewers agree on items that two decided."
)
class ReviewKindAgreement:
    """Agreement."""

    kind: str | None = strawberry.field(description="The kind; null for all.")
    items: int = strawberry.field(description="Number of items that two reviewers decided.")
    share: float | None = strawberry.field(description="Share with equal verdicts, 0 to 1.")
    kappa: float | None = strawberry.field(
        description="Cohen's kappa, -1 to 1: agreement beyond chance; null where not defined."
    )

    @classmethod
    def of(cls, agreement: ReviewAgreement) -> "ReviewKindAgreement":
        """Wrap an agreement."""
        return cls(**{name: getattr(agreement, name) for name in agreement.__slots__})


@strawberry.type(name="ReviewFacet", description="A name with a number.")
class ReviewFacetCount:
    """A facet."""

    name: str = strawberry.field(description="The name.")
    count: int = strawberry.field(description="The number.")


@require_scope(SCOPE)
@strawberry.type(name="ReviewProgress", description="How far the review is.")
class ReviewQueueProgress:
    """Progress."""

    counts: list[ReviewKindCounts] = strawberry.field(
        description="Counts of each kind, then of all."
    )
    agreement: list[ReviewKindAgreement] = strawberry.field(
        description="Agreement on each kind that two reviewers decided, then on all."
    )
    reviewers: list[ReviewFacetCount] = strawberry.field(
        description="Number of decisions by reviewer, the most first."
    )
    attributes: list[ReviewFacetCount] = strawberry.field(
        description="Attributes of items without a decision."
    )
    categories: list[ReviewFacetCount] = strawberry.field(
        description="Categories of items without a decision."
    )

    @classmethod
    def of(cls, progress: ReviewProgress) -> "ReviewQueueProgress":
        """Wrap the progress."""
        return cls(
            counts=[ReviewKindCounts.of(one) for one in progress.counts],
            agreement=[ReviewKindAgreement.of(one) for one in progress.agreement],
            reviewers=_facets(progress.reviewers),
            attributes=_facets(progress.attributes),
            categories=_facets(progress.categories),
        )


@require_scope(SCOPE)
@strawberry.type(name="ReviewQueue", description="A page of the review queue.")
class ReviewQueuePage:
    """A page."""

    nodes: list[ReviewQueueItem] = strawberry.field(
        description="Items that wait, the least certain first; or decided ones, the latest first."
    )
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")
    total_count: int = strawberry.field(description="How many there are on all pages.")

    @classmethod
    def of(cls, page: ReviewPage, after: str | None) -> "ReviewQueuePage":
        """Wrap a page that begins behind a cursor."""
        info = PageInfo(
            has_next_page=page.after is not None,
            has_previous_page=after is not None,
            start_cursor=None,
            end_cursor=page.after,
        )
        nodes = [ReviewQueueItem.of(case) for case in page.cases]
        return cls(nodes=nodes, page_info=info, total_count=page.total)


def _facets(found: tuple[ReviewFacet, ...]) -> list[ReviewFacetCount]:
    return [ReviewFacetCount(name=facet.name, count=facet.count) for facet in found]
