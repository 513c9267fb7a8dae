"""The Mutation type: what shoppers do and say, and what a shop sells."""

from typing import Annotated

import strawberry

from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, mutation
from catalograph.api.mutations.consent import SetConsentInput, SetConsentResult, set_consent
from catalograph.api.mutations.contents import (
    JudgeContentInput,
    JudgeContentResult,
    JudgedContent,
    WriteContentInput,
    WriteContentResult,
    WrittenContent,
    judge_a_content,
    write_content,
)
from catalograph.api.mutations.conversation import (
    RateAnswerInput,
    RateAnswerResult,
    RatedAnswer,
    SayInput,
    SayResult,
    rate_an_answer,
    say_turn,
)
from catalograph.api.mutations.events import (
    RecordedEvent,
    RecordedEvents,
    RecordEventInput,
    RecordEventResult,
    RecordEventsInput,
    RecordEventsResult,
    record_event,
    record_events,
    with_own_user,
)
from catalograph.api.mutations.feedback import (
    RecordedFeedback,
    RecordFeedbackInput,
    RecordFeedbackResult,
    record_feedback,
)
from catalograph.api.mutations.feeds import FeedMutation
from catalograph.api.mutations.idempotency import SentMutation, run_once
from catalograph.api.mutations.keys import ApiKeyMutation
from catalograph.api.mutations.models import (
    RollBackModelInput,
    RollBackModelResult,
    RolledBackModel,
    roll_back_model,
)
from catalograph.api.mutations.products import (
    UpsertedProduct,
    UpsertProductInput,
    UpsertProductResult,
    WithdrawnProduct,
    WithdrawProductInput,
    WithdrawProductResult,
    upsert_product,
    withdraw_product,
)
from catalograph.api.mutations.review import (
    ClaimedReviewItems,
    ClaimReviewItemsInput,
    ClaimReviewItemsResult,
    DecidedReviewItems,
    DecideReviewItemsInput,
    DecideReviewItemsResult,
    ReleasedReviewItems,
    ReleaseReviewItemsInput,
    ReleaseReviewItemsResult,
    UndoneReviewItems,
    UndoReviewInput,
    UndoReviewResult,
    claim_review_items,
    decide_review_items,
    release_review_items,
    undo_review,
)
from catalograph.api.mutations.reviews import (
    WriteReviewInput,
    WriteReviewResult,
    WrittenReview,
    write_a_review,
)
from catalograph.api.mutations.users import (
    ErasedUser,
    EraseUserInput,
    EraseUserResult,
    MergedSession,
    MergeSessionInput,
    MergeSessionResult,
    check_session_owner,
    erase_a_user,
    merge_a_session,
)
from catalograph.api.types.answer import (
    AnswerCitation,
    AnswerSentence,
    ComparisonRow,
    ComparisonTable,
    QuestionAnswer,
)
from catalograph.api.types.content import GeneratedSentence, GeneratedText
from catalograph.api.types.conversation import (
    AssistantQuestion,
    ClarifyingOption,
    HandOver,
    SaidTurn,
)
from catalograph.api.types.privacy import UserConsent
from catalograph.api.types.review import SCOPE

_SAID_TYPES = (
    SaidTurn, QuestionAnswer, AnswerSentence, AnswerCitation, ComparisonTable, ComparisonRow,
    AssistantQuestion, ClarifyingOption, HandOver,
)  # fmt: skip
"""Types of the answer to `say`, by which a kept one is read."""
_KEY = describe_argument(
    "A text of your own for this request, such as a random UUID. The same key with the same input "
    "gets the first answer again for a day, and nothing is written twice; with another input it "
    "is a conflict."
)
IdempotencyKey = Annotated[str | None, _KEY]


@strawberry.type
class ContentMutation:
    """Mutations of generated texts."""

    @mutation(
        "Write a text about a product from facts of the graph, in place of earlier ones for the "
        "same audience. Each sentence cites its facts; the text is withdrawn when one of its "
        "sources changes, and is never read as evidence.",
        scope="catalog:write",
    )
    async def write_content(
        self,
        info: Info,
        input: Annotated[WriteContentInput, describe_argument("The text.")],
        idempotency_key: IdempotencyKey = None,
    ) -> WriteContentResult:
        """Write it, or say why not."""
        types = (WrittenContent, GeneratedText, GeneratedSentence)
        sent = SentMutation("writeContent", input, idempotency_key, types)
        return await run_once(info.context, sent, lambda: write_content(info.context, input))

    @mutation("Say whether a generated text is good.", scope="catalog:write")
    async def judge_content(
        self,
        info: Info,
        input: Annotated[JudgeContentInput, describe_argument("The judgement.")],
        idempotency_key: IdempotencyKey = None,
    ) -> JudgeContentResult:
        """Keep it, or say that there is no such text."""
        sent = SentMutation("judgeContent", input, idempotency_key, (JudgedContent,))
        return await run_once(info.context, sent, lambda: judge_a_content(info.context, input))


@strawberry.type
class ReviewMutation:
    """Mutations of the review queue."""

    @mutation(
        "Hold items of the review queue, so that nobody else gets them until the claim ends. Those "
        "held already come first, with a new end.",
        scope=SCOPE,
    )
    async def claim_review_items(
        self,
        info: Info,
        input: Annotated[ClaimReviewItemsInput, describe_argument("Which items.")],
    ) -> ClaimReviewItemsResult:
        """Hold them, or say what is wrong."""
        sent = SentMutation("claimReviewItems", input, None, (ClaimedReviewItems,))
        return await run_once(info.context, sent, lambda: claim_review_items(info.context, input))

    @mutation("End claims, so that others get the items.", scope=SCOPE)
    async def release_review_items(
        self,
        info: Info,
        input: Annotated[ReleaseReviewItemsInput, describe_argument("Which items.")],
    ) -> ReleaseReviewItemsResult:
        """End them, or say what is wrong."""
        sent = SentMutation("releaseReviewItems", input, None, (ReleasedReviewItems,))
        return await run_once(info.context, sent, lambda: release_review_items(info.context, input))

    @mutation(
        "Decide items of the review queue, one or many, all or none. The graph follows at once, "
        "and the decisions are training rows from now on. A decision of the same reviewer replaces "
        "the earlier one.",
        scope=SCOPE,
    )
    async def decide_review_items(
        self,
        info: Info,
        input: Annotated[DecideReviewItemsInput, describe_argument("The decisions.")],
    ) -> DecideReviewItemsResult:
        """Record them, or say what is wrong."""
        sent = SentMutation("decideReviewItems", input, None, (DecidedReviewItems,))
        return await run_once(info.context, sent, lambda: decide_review_items(info.context, input))

    @mutation(
        "Take decisions of the reviewer back, with what they changed in the graph; the reviewer "
        "holds the items again.",
        scope=SCOPE,
    )
    async def undo_review(
        self,
        info: Info,
        input: Annotated[UndoReviewInput, describe_argument("Which items.")],
    ) -> UndoReviewResult:
        """Take them back, or say what is wrong."""
        sent = SentMutation("undoReview", input, None, (UndoneReviewItems,))
        return await run_once(info.context, sent, lambda: undo_review(info.context, input))


@strawberry.type(description="Writing into the graph.")
class Mutation(ApiKeyMutation, ContentMutation, FeedMutation, ReviewMutation):
    """Root of all mutations."""

    @mutation(
        "Record an event. The very next recommendation uses it; no model is retrained.",
        scope="events:write",
    )
    async def record_event(
        self,
        info: Info,
        input: Annotated[RecordEventInput, describe_argument("The event.")],
        idempotency_key: IdempotencyKey = None,
    ) -> RecordEventResult:
        """Write it, or say what is wrong with it."""
        users = with_own_user(info.context, [input])
        sent = SentMutation("recordEvent", input, idempotency_key, (RecordedEvent,), users)
        return await run_once(info.context, sent, lambda: record_event(info.context, input))

    @mutation(
        "Record several events in one go. Each has its own result and may fail by itself.",
        scope="events:write",
    )
    async def record_events(
        self,
        info: Info,
        input: Annotated[RecordEventsInput, describe_argument("The events.")],
        idempotency_key: IdempotencyKey = None,
    ) -> RecordEventsResult:
        """Write them, or say of each what is wrong with it."""
        users = with_own_user(info.context, input.events)
        types = (RecordedEvents, RecordedEvent)
        sent = SentMutation("recordEvents", input, idempotency_key, types, users)
        return await run_once(info.context, sent, lambda: record_events(info.context, input))

    @mutation(
        "Say what a shopper did with an item of a served list, or thinks of it. It counts as an "
        "event, so the next recommendation and the next training know of it.",
        scope="events:write",
    )
    async def record_feedback(
        self,
        info: Info,
        input: Annotated[RecordFeedbackInput, describe_argument("The feedback.")],
        idempotency_key: IdempotencyKey = None,
    ) -> RecordFeedbackResult:
        """Write it, or say what is wrong with it."""
        users = with_own_user(info.context, [input])
        sent = SentMutation("recordFeedback", input, idempotency_key, (RecordedFeedback,), users)
        return await run_once(info.context, sent, lambda: record_feedback(info.context, input))

    @mutation(
        "Write a review of a product, in place of the one the shopper wrote before.",
        scope="events:write",
    )
    async def write_review(
        self,
        info: Info,
        input: Annotated[WriteReviewInput, describe_argument("The review.")],
        idempotency_key: IdempotencyKey = None,
    ) -> WriteReviewResult:
        """Write it, or say what is wrong with it."""
        users = with_own_user(info.context, [input])
        sent = SentMutation("writeReview", input, idempotency_key, (WrittenReview,), users)
        return await run_once(info.context, sent, lambda: write_a_review(info.context, input))

    @mutation(
        "Say something to the assistant, in English or Chinese: a question as for `ask`, which may "
        "leave out what the conversation has said (“how much is the second?”, 便宜一点的). "
        "The turn is kept without personal data, for a time, and goes with the shopper.",
        scope="events:write",
    )
    async def say(
        self,
        info: Info,
        input: Annotated[SayInput, describe_argument("The turn.")],
        idempotency_key: IdempotencyKey = None,
    ) -> SayResult:
        """Answer it, or say what is wrong with it."""
        users = with_own_user(info.context, [input])
        sent = SentMutation("say", input, idempotency_key, _SAID_TYPES, users)
        return await run_once(info.context, sent, lambda: say_turn(info.context, input))

    @mutation(
        "Say whether an answer of the assistant helped, in place of what was said before.",
        scope="events:write",
    )
    async def rate_answer(
        self,
        info: Info,
        input: Annotated[RateAnswerInput, describe_argument("The rating.")],
        idempotency_key: IdempotencyKey = None,
    ) -> RateAnswerResult:
        """Write it, or say what is wrong with it."""
        users = with_own_user(info.context, [input])
        sent = SentMutation("rateAnswer", input, idempotency_key, (RatedAnswer,), users)
        return await run_once(info.context, sent, lambda: rate_an_answer(info.context, input))

    @mutation(
        "Write a product, new or changed. From its facts alone the very next recommendations know "
        "of it; no model is retrained.",
        scope="catalog:write",
    )
    async def upsert_product(
        self,
        info: Info,
        input: Annotated[UpsertProductInput, describe_argument("The product.")],
        idempotency_key: IdempotencyKey = None,
    ) -> UpsertProductResult:
        """Write it, or say what is wrong with it."""
        sent = SentMutation("upsertProduct", input, idempotency_key, (UpsertedProduct,))
        return await run_once(info.context, sent, lambda: upsert_product(info.context, input))

    @mutation(
        "Take a product away that its catalogue no longer has, and exactly what that catalogue "
        "said of it. It stays, known by name only, where something else still refers to it.",
        scope="catalog:write",
    )
    async def withdraw_product(
        self,
        info: Info,
        input: Annotated[WithdrawProductInput, describe_argument("The product.")],
        idempotency_key: IdempotencyKey = None,
    ) -> WithdrawProductResult:
        """Take it away, or say that there is none."""
        sent = SentMutation("withdrawProduct", input, idempotency_key, (WithdrawnProduct,))
        return await run_once(info.context, sent, lambda: withdraw_product(info.context, input))

    @mutation(
        "Make an anonymous session part of a shopper's history, at the login. The very next "
        "recommendation counts it, and erasing the shopper erases it. Again, it changes nothing; "
        "events that arrive under the session's key later need another merge.",
        scope="events:write",
    )
    async def merge_session(
        self,
        info: Info,
        input: Annotated[MergeSessionInput, describe_argument("The session and the shopper.")],
        idempotency_key: IdempotencyKey = None,
    ) -> MergeSessionResult:
        """Merge them, or say what is wrong."""
        users = check_session_owner(info.context, input)
        sent = SentMutation("mergeSession", input, idempotency_key, (MergedSession,), users)
        return await run_once(info.context, sent, lambda: merge_a_session(info.context, input))

    @mutation(
        "Make the version of a model before the live one live again; once more comes back to the "
        "later one. The only version of an artefact is retired.",
        scope="operations:write",
    )
    async def roll_back_model(
        self,
        info: Info,
        input: Annotated[RollBackModelInput, describe_argument("The kind of model.")],
        idempotency_key: IdempotencyKey = None,
    ) -> RollBackModelResult:
        """Go back, or say why not."""
        sent = SentMutation("rollBackModel", input, idempotency_key, (RolledBackModel,))
        return await run_once(info.context, sent, lambda: roll_back_model(info.context, input))

    @mutation(
        "Write what a shopper agrees to and refuses; the very next list and training honour it.",
        scope="events:write",
    )
    async def set_consent(
        self,
        info: Info,
        input: Annotated[SetConsentInput, describe_argument("The shopper and the purposes.")],
        idempotency_key: IdempotencyKey = None,
    ) -> SetConsentResult:
        """Write it, or say what is wrong."""
        users = with_own_user(info.context, [input])
        sent = SentMutation("setConsent", input, idempotency_key, (UserConsent,), users)
        return await run_once(info.context, sent, lambda: set_consent(info.context, input))

    @mutation(
        "Erase a user: reviews, events, what runs, caches and kept answers have of them. Models "
        "that learned from them are named and marked for retraining.",
        scope="users:erase",
    )
    async def erase_user(
        self,
        info: Info,
        input: Annotated[EraseUserInput, describe_argument("The user.")],
        idempotency_key: IdempotencyKey = None,
    ) -> EraseUserResult:
        """Erase them."""
        if info.context.principal.user_key is not None:  # a shopper; a service may name anybody
            with_own_user(info.context, [input])
        sent = SentMutation("eraseUser", input, idempotency_key, (ErasedUser,))
        return await run_once(info.context, sent, lambda: erase_a_user(info.context, input))
