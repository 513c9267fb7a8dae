"""From a turn and the conversation before it to plans, by rules; no language model.

What a turn leaves out is taken from the turns before it; a turn that is a question of its own
drops it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalograph.assistant.conversation.references import (
    Shown,
    TurnReference,
    blank_cue,
    find_reference,
)
from catalograph.assistant.conversation.refine import find_alike, limit_price, merge_sets
from catalograph.assistant.conversation.state import DialogueState
from catalograph.assistant.intents import UnderstoodTurn
from catalograph.assistant.planning import (
    SHOPPING,
    Gap,
    PlannedTurn,
    is_description,
    plan_turn,
    read_order_question,
)
from catalograph.assistant.planning.cues import blank_cues, find_cue, has_cue
from catalograph.assistant.planning.links import (
    NamedProducts,
    blank_products,
    find_attributes,
    find_products,
)
from catalograph.assistant.planning.sets import ReadSet, read_set
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.assistant.query_understanding.tokens import split_tokens
from catalograph.schema.query_plan import (
    AggregatePlan,
    ComparePlan,
    FactsPlan,
    FindPlan,
    OpinionPlan,
    PathPlan,
    ProductSet,
    QueryPlan,
)

_SHORT = 4
"""Largest number of words of a turn that adds to the search before it without saying so."""
_SHORT_OF_ORDER = 8
_MOST_COMPARED = 5
_PROPERTIES = ("price", "availability", "brand", "category", "rating")
_EXTREMES = {
    "PRICE_ASC": ("cheapest", "cheaper"),
    "PRICE_DESC": ("dearest", "dearer"),
    "RATING": ("best_rated",),
    "NEWEST": ("newest",),
}
_ASKED = ("cheaper", "dearer", "cheapest", "dearest", "best_rated", "newest")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a turn means in its conversation.

    Attributes:
        planned: its plans, or why there is none.
        choices: keys of products of which it may mean any, where it has to mean one.
        recommends: whether it asks for a recommendation, without saying of what.
    """

    planned: PlannedTurn
    choices: tuple[str, ...] = ()
    recommends: bool = False


def plan_follow_up(
    turn: UnderstoodTurn, state: DialogueState, shown: Shown, vocabulary: SearchVocabulary
) -> FollowUp:
    """Return what a turn means in its conversation.

    Args:
        turn: what the turn says.
        state: what it may refer to.
        shown: facts of the products in the state, by key.
        vocabulary: names of the graph.
    """
    return _FollowUp(turn, state, shown, vocabulary).plan()


class _FollowUp:
    """A turn with what it may refer to; for the arguments see `plan_follow_up`."""

    def __init__(
        self,
        turn: UnderstoodTurn,
        state: DialogueState,
        shown: Shown,
        vocabulary: SearchVocabulary,
    ) -> None:
        self._state = state
        self._shown = shown
        self._vocabulary = vocabulary
        self._named = find_products(turn.text, vocabulary)
        self._rest = rest = blank_products(turn.text, self._named)
        self._marked = any(has_cue(cue, rest) for cue in ("follow_up", "follow_up_without"))
        self._marked = self._marked or len(split_tokens(rest)) <= _SHORT
        self._asked = any(has_cue(cue, rest) for cue in _PROPERTIES)
        self._asked = self._asked or bool(find_attributes(rest, vocabulary))
        # "What about the tripod?" and 它的品牌呢 sound like a question about opinions.
        weak = not has_cue("opinion", rest) and (self._marked or self._asked)
        self._turn = _without_intent(turn, "opinion") if weak else turn

    def plan(self) -> FollowUp:
        """Return what the turn means."""
        if self._named:
            return self._plan_named()
        order = self._plan_order()
        if order is not None:
            return FollowUp(PlannedTurn((order,)))
        chosen = self._count_or_list() or self._choose_of_listed()
        if chosen is not None:
            return FollowUp(PlannedTurn((chosen,)))
        reference = find_reference(self._rest, self._state, self._shown, self._vocabulary)
        points = reference is not None and (reference.exact or not reference.single)
        changed = None if points else self._change_search()
        if changed is not None:
            return FollowUp(PlannedTurn((changed,)))
        if reference is not None:
            return self._plan_reference(reference)
        return self._plan_alone()

    # -- turns that name products

    def _plan_named(self) -> FollowUp:
        joined = self._join_focus()
        if joined is not None:
            return FollowUp(PlannedTurn((joined,), products=tuple(joined.products)))
        planned = plan_turn(self._turn, self._vocabulary)
        last = self._state.plans[-1] if self._state.plans else None
        described = len(planned.plans) == 1 and is_description(planned.plans[0])
        if described and self._marked and last is not None:
            again = _ask_again(last, list(planned.products))
            planned = planned if again is None else replace(planned, plans=(again,))
        return FollowUp(planned, _ambiguous(self._named, planned.plans))

    def _join_focus(self) -> ComparePlan | FactsPlan | None:
        """Return the plan of "compare it with …" and "does it fit …"; None for other turns."""
        reference = find_reference(self._rest, self._state, self._shown, self._vocabulary)
        if reference is None or len(reference.keys) != 1:
            return None
        other = [one.keys[0] for one in self._named if one.keys[0] not in reference.keys]
        if not other:
            return None
        if has_cue("compare", self._rest):
            return ComparePlan(products=[*reference.keys, *other][:_MOST_COMPARED])
        if has_cue("fits", self._rest):
            return FactsPlan(products=list(reference.keys), fits=other)
        return None

    # -- orders

    def _plan_order(self) -> QueryPlan | None:
        order = self._state.order
        if order is None or len(split_tokens(self._rest)) > _SHORT_OF_ORDER:
            return None
        asks = read_order_question(self._rest)
        if asks is None or plan_turn(self._turn, self._vocabulary).plans[:1] == (order,):
            return None
        return order.model_copy(update={"asks": asks})

    # -- searches

    def _read(self, *cues: str) -> ReadSet:
        names = (*_ASKED, "count", "which_of_them", "such_one", "follow_up", *cues)
        return read_set(self._blank(*names), self._vocabulary)

    def _blank(self, *names: str) -> str:
        """Return the turn without words of cues, but with the names that stand among them."""
        text = self._rest
        for name in names:
            cue = find_cue(name, text)
            if cue is not None and not cue.about:
                text = blank_cue(text, cue)
        return text

    def _count_or_list(self) -> QueryPlan | None:
        """Return the plan of "which ones?" after a count, and of "how many of them …"."""
        last = self._state.plans[-1] if self._state.plans else None
        counted = isinstance(last, AggregatePlan) and last.measure == "products" and not last.by
        if has_cue("count", self._rest) and has_cue("them", self._rest):
            of = last.of if isinstance(last, AggregatePlan) and counted else None
            listed = ProductSet(products=list(self._state.listed)) if self._state.listed else None
            base, read = of or listed, self._read("them")
            if base is None or read.words:
                return None
            return AggregatePlan(of=merge_sets(base, read.products, self._vocabulary))
        read = self._read("which_ones", "them")
        bare = read.products.is_open and not read.words
        if isinstance(last, AggregatePlan) and counted and bare:
            asks = has_cue("which_ones", self._rest) and not self._asked
            return FindPlan(of=last.of) if asks else None
        return None

    def _choose_of_listed(self) -> FindPlan | None:
        """Return the plan of "which of them …"; None for other turns."""
        listed = list(self._state.listed)
        if len(listed) < 2 or not (
            has_cue("which_of_them", self._rest) or has_cue("them", self._rest)
        ):
            return None
        read = self._read("them", "compare")
        chooses = has_cue("them", self._rest) or has_cue("which_ones", self._rest)
        named = read.products.brands and not chooses
        if read.products.categories or named or read.words:
            return None
        of = merge_sets(ProductSet(products=listed), read.products, self._vocabulary)
        for order, cues in _EXTREMES.items():
            if any(has_cue(cue, self._rest) for cue in cues):
                return FindPlan(of=of, order=order, limit=1)
        if has_cue("availability", self._rest) and has_cue("which_of_them", self._rest):
            of = of.model_copy(update={"in_stock": True})
        elif read.products.is_open or not has_cue("which_of_them", self._rest):
            return None
        return FindPlan(of=of)

    def _change_search(self) -> QueryPlan | None:
        """Return the last search as the turn changes it; None if the turn changes none."""
        dear = has_cue("dearer", self._rest)
        if has_cue("cheaper", self._rest) or dear:
            return self._change_price(cheaper=not dear)
        if not self._marked or self._asks_more() or has_cue("it", self._rest):
            return None
        read = self._read()
        if read.products.is_open:
            return None
        last = self._state.plans[-1] if self._state.plans else None
        if isinstance(last, AggregatePlan) and not read.words:
            of = merge_sets(last.of, read.products, self._vocabulary)
            return last.model_copy(update={"of": of})
        base = self._base()
        if base is None:
            return None
        new = read.products.model_copy(update={"words": list(read.words)})
        return base.model_copy(update={"of": merge_sets(base.of, new, self._vocabulary)})

    def _change_price(self, *, cheaper: bool) -> FindPlan | None:
        base, focus = self._base(), self._state.focus
        against = focus if len(focus) == 1 else self._state.listed
        read = self._read("it", "them")
        if base is None or (read.products.categories and not self._marked):
            return None
        of = merge_sets(base.of, read.products, self._vocabulary)
        base = base.model_copy(update={"of": of})
        shown = [self._shown[key] for key in against if key in self._shown]
        return limit_price(base, shown, cheaper=cheaper)

    def _base(self) -> FindPlan | None:
        """Return the search that a turn may change: the last, or for the like of what is shown."""
        if self._state.find is not None:
            return self._state.find
        if len(self._state.focus) == 1 and self._state.focus[0] in self._shown:
            return find_alike(self._shown[self._state.focus[0]])
        return None

    def _asks_more(self) -> bool:
        """Return whether the turn asks something that no search answers."""
        if any(has_cue(cue, self._rest) for cue in ("opinion", "compare", "mean", "count", "own")):
            return True
        intents = {one.name for one in self._turn.intents}
        return not intents & (SHOPPING | {"none"})

    # -- references

    def _plan_reference(self, reference: TurnReference) -> FollowUp:
        if reference.missing:
            return FollowUp(PlannedTurn(gap=Gap.PRODUCT))
        turn = _with_text(self._turn, reference.rest)
        planned = plan_turn(turn, self._vocabulary, reference.keys, refers=True)
        last = self._state.plans[-1] if self._state.plans else None
        described = len(planned.plans) == 1 and is_description(planned.plans[0])
        again = self._state.pending or has_cue("follow_up", self._turn.text)
        if described and last is not None and again:
            repeated = _ask_again(last, list(reference.keys))
            planned = planned if repeated is None else replace(planned, plans=(repeated,))
        several = reference.single and len(reference.keys) > 1
        choices = reference.keys if several and _are_about_products(planned.plans) else ()
        return FollowUp(planned, choices)

    def _plan_alone(self) -> FollowUp:
        """Return what a turn means that refers to nothing by a word of its own."""
        intents = {one.name for one in self._turn.intents}
        read = read_set(blank_cues(self._rest, "filler", *_ASKED), self._vocabulary)
        bare = read.products.is_open and not read.words
        if bare and "recommend" in intents:
            return FollowUp(PlannedTurn((FindPlan(of=ProductSet(), limit=5),)), recommends=True)
        asked = self._asked or has_cue("opinion", self._rest)
        focus = self._state.focus
        if asked and read.products.is_open and intents & (SHOPPING | {"none"}):
            planned = plan_turn(self._turn, self._vocabulary, focus)
            several = len(focus) > 1 and _are_about_products(planned.plans)
            return FollowUp(planned, focus if several else ())
        planned = plan_turn(self._turn, self._vocabulary)
        if planned.gap is Gap.PRODUCT and bare and "search" in intents:
            return FollowUp(PlannedTurn((FindPlan(of=ProductSet(), limit=5),)))
        return FollowUp(planned)


def _ask_again(plan: QueryPlan, products: list[str]) -> QueryPlan | None:
    """Return a plan for other products; None for a plan of another kind."""
    if isinstance(plan, FactsPlan):
        return plan.model_copy(update={"products": products})
    if isinstance(plan, OpinionPlan | PathPlan):
        return plan.model_copy(update={"of": ProductSet(products=products)})
    return None


def _are_about_products(plans: Sequence[QueryPlan]) -> bool:
    return bool(plans) and all(isinstance(plan, FactsPlan | OpinionPlan) for plan in plans)


def _ambiguous(named: Sequence[NamedProducts], plans: Sequence[QueryPlan]) -> tuple[str, ...]:
    """Return the products that one name fits, where the turn asks about one."""
    several = [one for one in named if len(one.keys) > 1]
    return several[0].keys if len(several) == 1 and _are_about_products(plans) else ()


def _without_intent(turn: UnderstoodTurn, name: str) -> UnderstoodTurn:
    """Return a turn whose clauses with an intent ask for facts."""
    intents = tuple(
        replace(one, name="attribute") if one.name == name else one for one in turn.intents
    )
    return replace(turn, intents=intents)


def _with_text(turn: UnderstoodTurn, text: str) -> UnderstoodTurn:
    """Return a turn with a text of the same length."""
    intents = tuple(
        replace(one, clause=replace(one.clause, text=text[one.clause.start : one.clause.end]))
        for one in turn.intents
    )
    return replace(turn, text=text, intents=intents)
