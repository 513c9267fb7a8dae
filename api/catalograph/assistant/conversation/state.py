"""What a conversation is about, from its turns so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalograph.assistant.answers import AnswerStatus
from catalograph.schema import Sentiment
from catalograph.schema.query_plan import FindPlan, OrderPlan, QueryPlan

ABOUT_PRODUCTS = ("find", "facts", "compare", "path", "opinion")
"""Operations of plans that leave products to talk about."""


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A turn with what became of it.

    Attributes:
        text: what was asked.
        status: what became of it.
        intents: intents of its clauses.
        sentiment: mood of it; None if its words show none.
        plans: plans that were run.
        products: keys of the products that the answer names, in order.
        handed_over: whether a person was to take over.
    """

    text: str
    status: AnswerStatus
    intents: tuple[str, ...] = ()
    sentiment: Sentiment | None = None
    plans: tuple[QueryPlan, ...] = ()
    products: tuple[str, ...] = ()
    handed_over: bool = False


@dataclass(frozen=True, slots=True)
class DialogueState:
    """What the next turn may refer to.

    Attributes:
        plans: plans of the last turn that had any.
        find: the last search; None if another subject came after it, or there was none.
        order: the last question about an order, if the last turn was one.
        listed: keys of the products that were listed last, in order: "the second" is the second.
        focus: keys of the products that the last turn was about: "it", if it is one.
        pending: whether the last turn asks which of some products is meant.
    """

    plans: tuple[QueryPlan, ...] = ()
    find: FindPlan | None = None
    order: OrderPlan | None = None
    listed: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    pending: bool = False


def read_state(past: Sequence[PastTurn], products: Sequence[str] = ()) -> DialogueState:
    """Return what the next turn may refer to.

    Args:
        past: turns so far, the oldest first.
        products: keys of the products that are before the shopper's eyes, such as the page's; they
            count where the conversation names none yet.
    """
    state = DialogueState(listed=tuple(products), focus=tuple(products))
    for turn in past:
        if turn.plans:
            state = _follow(state, turn)
    return state


def _follow(state: DialogueState, turn: PastTurn) -> DialogueState:
    """Return the state after a turn."""
    last = turn.plans[-1]
    find = next((plan for plan in turn.plans if isinstance(plan, FindPlan)), None)
    order = next((plan for plan in turn.plans if isinstance(plan, OrderPlan)), None)
    about = any(plan.op in ABOUT_PRODUCTS for plan in turn.plans)
    # A search without a result keeps what was listed: "the first" is still on the screen.
    named = turn.products if about else ()
    listed = named if len(named) > 1 or (named and not state.listed) else state.listed
    search = state.find
    if find is not None and not find.of.products and named:
        listed, search = named, find
    elif find is None and not set(named) <= set(state.listed):
        search = None
    return DialogueState(
        plans=turn.plans,
        find=search,
        order=order,
        listed=listed,
        focus=named or (state.focus if last.op in ("policy", "order", *ABOUT_PRODUCTS) else ()),
        pending=turn.status is AnswerStatus.UNCLEAR and len(named) > 1,
    )
