"""From a question to query plans, by rules over what its words name; no language model."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from catalograph.assistant.intents import FoundIntent, SlotKind, UnderstoodTurn
from catalograph.assistant.planning.cues import blank_cues, find_cue, has_cue
from catalograph.assistant.planning.links import (
    NamedProducts,
    blank_products,
    find_attributes,
    find_fits,
    find_products,
    find_values,
)
from catalograph.assistant.planning.periods import FoundPeriod, find_period
from catalograph.assistant.planning.sets import ReadSet, read_set
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.assistant.query_understanding.limits import blank
from catalograph.schema.query_plan import (
    AggregatePlan,
    ComparePlan,
    FactsPlan,
    FindPlan,
    GraphStep,
    OpinionPlan,
    OrderPlan,
    PathPlan,
    Period,
    PolicyPlan,
    ProductSet,
    QueryPlan,
    TrendPlan,
    ValueGroup,
    is_timed,
)

SHOPPING = frozenset(
    (
        "search", "compare", "recommend", "attribute", "compatibility", "opinion", "availability",
        "price",
    )
)  # fmt: skip
"""Intents about products."""
_ORDER_INTENTS = frozenset(("track_order", "track_refund"))
_PROPERTIES = ("price", "availability", "brand", "category", "rating")
_ABOUT_PRODUCTS = (
    *_PROPERTIES, "opinion", "compare", "fits", "also_bought", "also_viewed", "same_brand",
)  # fmt: skip
"""Cues of questions about products, whatever the shop's service is called in them."""
_DESCRIBED = ("brand", "category", "price", "availability", "rating", "description")
_IN_ORDER = {
    "cheapest": "PRICE_ASC",
    "dearest": "PRICE_DESC",
    "best_rated": "RATING",
    "newest": "NEWEST",
}
_TRENDS = ("worse", "better")
_TIMED = (*_TRENDS, "opinion", "price", "availability")
"""Cues of questions whose answer may be of a period."""
_RECENT_DAYS = 30
_MOST_COMPARED = 5
_MOST_LISTED = 50


class Gap(StrEnum):
    """Why a question has no plan."""

    NOTHING = "nothing"
    """Nothing in the question is known."""
    WORDS = "words"
    """The question asks for something that the catalogue has no name for."""
    PRODUCT = "product"
    """The question is about a product that it does not name."""


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """Plans of a turn.

    Attributes:
        plans: plans in the order of their clauses.
        otherwise: plan to run if these answer nothing.
        gap: why there is none; None if there are.
        words: words of the question that nothing of the graph is known for.
        products: keys of the products that the turn names.
    """

    plans: tuple[QueryPlan, ...] = ()
    otherwise: QueryPlan | None = None
    gap: Gap | None = None
    words: str = ""
    products: tuple[str, ...] = ()


def plan_turn(
    turn: UnderstoodTurn,
    vocabulary: SearchVocabulary,
    products: Sequence[str] = (),
    *,
    refers: bool = False,
    today: date | None = None,
) -> PlannedTurn:
    """Return the plans of a turn.

    Args:
        turn: what the turn says.
        vocabulary: names of the graph.
        products: keys of the products that the conversation is about, for a turn that names none.
        refers: whether words of the turn refer to these products, so that it is about them though
            it describes products.
        today: day from which "last month" is counted; None for this day by UTC.
    """
    named = find_products(turn.text, vocabulary)
    context = tuple(key for one in named for key in one.keys) or tuple(products)
    clauses = _clauses(turn, named)
    today = today or datetime.now(UTC).date()
    of_turn = find_period(blank_products(turn.text, named), today) if len(clauses) > 1 else None
    planned = [
        _Question(
            text, intent, turn, vocabulary, _inside(named, turn.text, text), context, refers,
            today, of_turn,
        ).plan()
        for text, intent in clauses
    ]  # fmt: skip
    found = {plan.model_dump_json(): plan for one in planned for plan in one.plans}
    # A clause that only names a product is the subject of the others.
    asked = [plan for plan in found.values() if not is_description(plan)]
    plans = tuple(asked or found.values())
    if plans:
        otherwise = planned[0].otherwise if len(planned) == 1 else None
        return PlannedTurn(plans, otherwise, products=context)
    return replace(planned[0], products=context)


def _clauses(turn: UnderstoodTurn, named: Sequence[NamedProducts]) -> list[tuple[str, FoundIntent]]:
    """Return the clauses to plan; the whole turn where clauses would part what belongs together."""
    clauses = [one.clause for one in turn.intents]
    cut = any(
        not any(clause.start <= one.start and one.end <= clause.end for clause in clauses)
        for one in named
    )
    joined = len(named) > 1 and any(has_cue(cue, turn.text) for cue in ("compare", "fits"))
    joined = joined or any(has_cue(cue, turn.text) for cue in _TRENDS)
    if len(turn.intents) < 2 or cut or joined:
        return [(turn.text, max(turn.intents, key=lambda one: one.confidence))]
    return [(one.clause.text, one) for one in turn.intents]


def is_description(plan: QueryPlan) -> bool:
    """Return whether a plan asks nothing special of products: the turn only names them."""
    return isinstance(plan, FactsPlan) and tuple(plan.properties) == _DESCRIBED


def _inside(named: Sequence[NamedProducts], turn: str, clause: str) -> list[NamedProducts]:
    at = turn.find(clause)
    return [
        replace(one, start=one.start - at, end=one.end - at)
        for one in named
        if at <= one.start and one.end <= at + len(clause)
    ]


def read_order_question(text: str) -> str | None:
    """Return what a text asks of an order; None if its words ask nothing of one."""
    asked = ("refund", "return", "status", "arrival", "carrier", "lines", "total")
    return next((cue for cue in asked if has_cue(cue, text)), None)


@dataclass
class _Question:
    """One clause with what it names.

    Attributes:
        text: its words.
        intent: its intent.
        turn: the turn.
        vocabulary: names of the graph.
        named: products that it names.
        context: keys of the products that the turn or the conversation is about.
        refers: whether words of the turn refer to these products.
        today: day from which "last month" is counted.
        of_turn: period that the turn names, where the clause is a part of it.
    """

    text: str
    intent: FoundIntent
    turn: UnderstoodTurn
    vocabulary: SearchVocabulary
    named: list[NamedProducts]
    context: tuple[str, ...]
    refers: bool
    today: date
    of_turn: FoundPeriod | None

    @cached_property
    def rest(self) -> str:
        """The clause with blanks for the products and the period that it names."""
        text, found = blank_products(self.text, self.named), self._own_period
        return blank(text, found.start, found.end, " ") if found else text

    @property
    def period(self) -> Period | None:
        """The period that the clause, or else the turn, asks about."""
        found = self._own_period or (self.of_turn if self._may_be_timed else None)
        return found.period if found else None

    @cached_property
    def _own_period(self) -> FoundPeriod | None:
        if not self._may_be_timed:
            return None
        return find_period(blank_products(self.text, self.named), self.today)

    @cached_property
    def _may_be_timed(self) -> bool:
        asked = any(has_cue(cue, self.text) for cue in _TIMED)
        return asked or self.intent.name in ("opinion", "price", "availability")

    @cached_property
    def described(self) -> ReadSet:
        """The set of products that it describes."""
        return read_set(self._without_cues(), self.vocabulary)

    def plan(self) -> PlannedTurn:
        """Return the plans, or why there is none."""
        orders = self._orders()
        if orders:
            return PlannedTurn(tuple(orders))
        keys = self._keys()
        service = bool(keys) and self._asks_service()
        if keys and not service:
            return self._of_products(keys)
        read = self.described
        if service and read.products.is_open:
            return PlannedTurn((self._policy(),))
        found = self._of_set(read)
        if found is None:
            return self._of_words(read)
        if read.products.is_open and read.words:
            # Words alone may be those of a document; of what is for sale, where that is asked.
            asked = self.intent.name in ("search", "recommend")
            policy = self._policy()
            return PlannedTurn((found,), policy) if asked else PlannedTurn((policy,), found)
        return PlannedTurn((found,))

    # -- orders and policies

    def _orders(self) -> list[QueryPlan]:
        numbers = [slot.text for slot in self.turn.slots if slot.kind is SlotKind.ORDER]
        own = has_cue("own", self.rest)
        about = has_cue("order", self.rest) or has_cue("refund", self.rest)
        about = about or has_cue("return", self.rest)
        if not numbers and not (own and about and self._is_stated()):
            return []
        plan = OrderPlan(
            id=numbers[0].lstrip("#") if numbers else None,
            asks=read_order_question(self.rest) or "status",
        )
        plans: list[QueryPlan] = [plan]
        about_returns = plan.asks in ("return", "refund")
        if about_returns and (not numbers or has_cue("may", self.rest)):
            # What holds for all orders answers a shopper whose own cannot be seen.
            plans.append(PolicyPlan(query=self.text[:500], intent="check_refund_policy"))
        return plans

    def _is_stated(self) -> bool:
        """Return whether a question without a number is about what became of an order."""
        if self.intent.name in _ORDER_INTENTS:
            return True
        cues = ("status", "arrival", "carrier", "lines", "total")
        return self.intent.name == "none" and any(has_cue(cue, self.rest) for cue in cues)

    def _asks_service(self) -> bool:
        """Return whether the clause is about the shop's service, though it names a product."""
        asks = any(has_cue(cue, self.rest) for cue in _ABOUT_PRODUCTS)
        about = self._is_about_returns() or self.intent.name not in SHOPPING | {"none"}
        return about and not asks

    def _is_about_returns(self) -> bool:
        return has_cue("return", self.rest) or has_cue("refund", self.rest)

    def _policy(self) -> PolicyPlan:
        intent = self.intent.name if self.intent.name not in SHOPPING | {"none"} else None
        if intent is None and self._is_about_returns():
            intent = "check_refund_policy"
        about = self.context[0] if self.context else None
        return PolicyPlan(query=self.text[:500], intent=intent, about=about)

    # -- questions about products

    def _keys(self) -> list[str]:
        """Return the products that the clause is about."""
        if self.named:
            return list(dict.fromkeys(key for one in self.named for key in one.keys))
        if self.refers:
            return list(self.context)
        asks = self.intent.name in SHOPPING | {"none"} and (
            self.described.products.is_open or any(has_cue(cue, self.rest) for cue in _PROPERTIES)
        )
        return list(self.context) if asks else []

    def _of_products(self, keys: list[str]) -> PlannedTurn:
        attributes = [
            key for one in find_attributes(self.rest, self.vocabulary) for key in one.keys
        ]
        attributes = list(dict.fromkeys(attributes))
        first_of_each = [one.keys[0] for one in self.named] or keys
        if len(first_of_each) > 1 and has_cue("compare", self.rest):
            compared = list(dict.fromkeys(first_of_each))[:_MOST_COMPARED]
            return PlannedTurn((ComparePlan(products=compared, attributes=attributes),))
        summed = keys if self.refers else first_of_each
        if len(summed) > 1 and has_cue("sum", self.rest):
            of = ProductSet(products=summed)
            return PlannedTurn((AggregatePlan(of=of, function="sum", measure="price"),))
        path = self._of_maker(keys) or self._path_of_products(keys)
        if path is not None:
            return PlannedTurn((path,))
        fits = self._fits_of_products(keys)
        if fits is not None:
            return PlannedTurn((fits,))
        trend = any(has_cue(cue, self.rest) for cue in _TRENDS)
        if trend or has_cue("opinion", self.rest) or self.intent.name == "opinion":
            of = ProductSet(products=keys)
            return PlannedTurn((self._trend(of) or self._opinion(of),))
        return self._facts_of_products(keys, attributes)

    def _facts_of_products(self, keys: list[str], attributes: list[str]) -> PlannedTurn:
        properties = [cue for cue in _PROPERTIES if has_cue(cue, self.rest)]
        if not properties and not attributes and self.intent.name in ("price", "availability"):
            properties = [self.intent.name]
        read = self.described
        values = list(read.products.values)
        if attributes:
            checked = has_cue("yes_no", self.text)
            found = find_values(self.rest, attributes, self.vocabulary) if checked else ()
            # 蓝色 names the colour and its value, in words that no key has.
            read_here = [one for one in values if checked and _is_value_of(one, attributes)]
            values = [ValueGroup(keys=list(found))] if found else read_here
            attributes = [] if values else attributes
        if properties or attributes or values:
            plan = FactsPlan(
                products=keys, attributes=attributes, properties=properties, values=values,
                period=self.period if is_timed(properties) else None,
            )  # fmt: skip
            return PlannedTurn((plan,))
        if read.words:
            return PlannedTurn(gap=Gap.WORDS, words=" ".join(read.words))
        return PlannedTurn((FactsPlan(products=keys, properties=list(_DESCRIBED)),))

    def _of_maker(self, keys: list[str]) -> QueryPlan | None:
        """Return the plan of a number, a best one or the categories of the makers' products."""
        brands = self.vocabulary.brands_of(keys) if has_cue("maker_of", self.text) else []
        if not brands:
            return None
        if has_cue("which_category", self.rest):
            steps = [*_there_and_back("HAS_BRAND", "Brand"), self._end_step("which_category")]
            return PathPlan(of=ProductSet(products=keys), steps=steps, limit=_MOST_LISTED)
        asks = any(has_cue(cue, self.rest) for cue in ("count", "mean", *_IN_ORDER))
        return self._aggregate(ProductSet(brands=brands[:_MOST_LISTED])) if asks else None

    @staticmethod
    def _end_step(cue: str) -> GraphStep:
        if cue == "which_brand":
            return GraphStep(relation="HAS_BRAND", to="Brand")
        return GraphStep(relation="IN_CATEGORY", to="Category")

    def _path_of_products(self, keys: list[str]) -> PathPlan | None:
        of = ProductSet(products=keys)
        if has_cue("same_brand", self.text):
            among = read_set(blank_cues(self._without_cues(), "same_brand"), self.vocabulary)
            steps = _there_and_back("HAS_BRAND", "Brand")
            return PathPlan(of=of, steps=steps, among=among.products, limit=_MOST_LISTED)
        same = find_cue("same_value", self.rest)
        if same is not None:
            named = find_attributes(same.about, self.vocabulary)
            if named:
                rest = blank_cues(self._without_cues(), "same_value")
                found = read_set(rest, self.vocabulary).products
                attribute = named[0].keys[0].partition(":")[2]
                steps = _there_and_back("HAS_VALUE", "Value", attribute)
                ends = [cue for cue in ("which_brand", "which_category") if has_cue(cue, self.rest)]
                if ends and found.is_open:
                    steps.append(self._end_step(ends[0]))
                return PathPlan(of=of, steps=steps, among=found, limit=_MOST_LISTED)
        for cue, relation in (("also_bought", "ALSO_BOUGHT"), ("also_viewed", "ALSO_VIEWED")):
            if has_cue(cue, self.rest):
                step = GraphStep(relation=relation, to="Product", role="tail")
                return PathPlan(of=of, steps=[step])
        return None

    def _fits_of_products(self, keys: list[str]) -> QueryPlan | None:
        if has_cue("which_fits", self.text) and len(self.named) == 1:
            rest = read_set(blank_cues(self._without_cues(), "which_fits", "fits"), self.vocabulary)
            cue = find_cue("which_fits", self.text)
            after = cue is not None and cue.end <= self.named[0].start
            if after and not rest.products.is_open:
                return FindPlan(of=rest.products.model_copy(update={"fits": keys}))
        if not (has_cue("fits", self.rest) or self.intent.name == "compatibility"):
            return None
        if len(self.named) > 1:
            fits = [key for one in self.named[1:] for key in one.keys]
            return FactsPlan(products=list(self.named[0].keys), fits=fits)
        device = find_fits(self.rest, self.vocabulary)
        if device is not None:
            return FactsPlan(products=keys, fits=list(device.keys)[:_MOST_LISTED])
        step = GraphStep(relation="COMPATIBLE_WITH", to="Value", role="tail")
        return PathPlan(of=ProductSet(products=keys), steps=[step], limit=_MOST_LISTED)

    # -- questions about sets

    def _of_set(self, read: ReadSet) -> QueryPlan | None:
        """Return the plan of a question about the products of a set; None if it is none."""
        of = read.products
        trend = self._trend(of)
        if trend is not None:
            return trend
        cue = find_cue("fits", self.rest)
        if cue is not None:
            device = find_fits(self.rest[cue.end :], self.vocabulary)
            if device is not None:
                start, end = cue.start, cue.end + device.end
                text = f"{self.text[:start]} {self.text[end:]}"
                of = read_set(self._without(text), self.vocabulary).products
                return FindPlan(of=of.model_copy(update={"fits": list(device.keys)[:50]}))
        asked = read.words and self.intent.name in SHOPPING
        if of.is_open and not asked and not self._asks_of_all():
            return None
        # Words that no name was read from have to stand in the titles.
        narrow = of.model_copy(update={"words": list(read.words)}) if read.words else of
        stated = [key.partition("=")[0] for group in of.values for key in group.keys]
        narrow = self._drop_names(narrow, [f"attribute:{key[6:]}" for key in stated])
        if has_cue("opinion", self.rest):
            return self._opinion(narrow)
        return self._aggregate(narrow) or self._list(narrow)

    def _opinion(self, of: ProductSet) -> OpinionPlan:
        return OpinionPlan(of=of, sentiment=self._mood(), period=self.period)

    def _trend(self, of: ProductSet) -> TrendPlan | None:
        """Return the plan of what is praised less, or more, than before; None if nobody asks."""
        direction = next((cue for cue in _TRENDS if has_cue(cue, self.rest)), None)
        if direction is None:
            return None
        since = self.today - timedelta(days=_RECENT_DAYS - 1)
        by = "brand" if has_cue("which_brand", self.rest) else "product"
        by = "category" if has_cue("which_category", self.rest) else by
        period = self.period or Period(since=since, until=self.today)
        return TrendPlan(of=of, by=by, period=period, direction=direction)

    def _drop_names(self, of: ProductSet, attributes: Collection[str]) -> ProductSet:
        """Return a set without the names of attributes that the plan uses in another place."""
        texts = [
            one.text.casefold()
            for one in find_attributes(self.rest, self.vocabulary)
            if set(one.keys) & set(attributes)
        ]
        parts = {part for text in texts for part in (text, *text.split())}
        words = [word for word in of.words if word.casefold() not in parts]
        return of.model_copy(update={"words": words})

    def _asks_of_all(self) -> bool:
        """Return whether the clause asks something that all products together answer."""
        return any(has_cue(cue, self.rest) for cue in ("count", "which_brand", *_IN_ORDER))

    def _aggregate(self, of: ProductSet) -> QueryPlan | None:
        asked = find_attributes(self.rest, self.vocabulary)
        group = "brand" if has_cue("which_brand", self.rest) else None
        group = "category" if has_cue("which_category", self.rest) else group
        extreme = has_cue("most", self.rest) or has_cue("fewest", self.rest)
        if has_cue("mean", self.rest):
            if has_cue("rating", self.rest):
                words = [word for word in of.words if not has_cue("rating", word)]
                of = of.model_copy(update={"words": words})
                return AggregatePlan(of=of, function="mean", measure="rating", by=group)
            if asked and not has_cue("price", self.rest):
                return self._number_of(asked[0].keys[0], "mean", of)
            return AggregatePlan(of=of, function="mean", measure="price", by=group)
        for cue, order in _IN_ORDER.items():
            if has_cue(cue, self.rest):
                return FindPlan(of=of, order=order, limit=1)
        if group is not None and extreme:
            return AggregatePlan(of=of, by=group, descending=not has_cue("fewest", self.rest))
        for cue, function in (("largest", "max"), ("smallest", "min")):
            if asked and has_cue(cue, self.rest):
                return self._number_of(asked[0].keys[0], function, of)
        if has_cue("count", self.rest):
            return AggregatePlan(of=of)
        return None

    def _number_of(self, attribute: str, function: str, of: ProductSet) -> AggregatePlan:
        of = self._drop_names(of, [attribute])
        return AggregatePlan(of=of, function=function, measure="attribute", attribute=attribute)

    def _list(self, of: ProductSet) -> QueryPlan | None:
        if of.is_open:
            return None
        for cue in ("which_brand", "which_category"):
            if has_cue(cue, self.rest):
                return PathPlan(of=of, steps=[self._end_step(cue)], limit=_MOST_LISTED)
        values = find_cue("values_of", self.rest)
        if values is not None:
            named = find_attributes(values.about, self.vocabulary)
            if named:
                name = named[0].keys[0].partition(":")[2]
                step = GraphStep(relation="HAS_VALUE", to="Value", attribute=name)
                of = self._drop_names(of, named[0].keys)
                return PathPlan(of=of, steps=[step], limit=_MOST_LISTED)
        return FindPlan(of=of)

    def _of_words(self, read: ReadSet) -> PlannedTurn:
        """Return the plan of a question that names nothing of the catalogue."""
        if self.intent.name in SHOPPING and not read.words and not self.context:
            return PlannedTurn(gap=Gap.PRODUCT)
        return PlannedTurn((self._policy(),))

    def _mood(self) -> str | None:
        said = [cue for cue in ("negative", "positive") if has_cue(cue, self.rest)]
        return said[0] if len(said) == 1 else None

    def _without_cues(self) -> str:
        return self._without(self.rest)

    @staticmethod
    def _without(text: str) -> str:
        return blank_cues(
            text, *_IN_ORDER, *_TRENDS, "count", "mean", "opinion", "most", "fewest",
            "which_brand", "which_category",
        )  # fmt: skip


def _is_value_of(group: ValueGroup, attributes: Sequence[str]) -> bool:
    named = {key.partition(":")[2].partition("=")[0] for key in group.keys}
    return any(one.partition(":")[2] in named for one in attributes)


def _there_and_back(relation: str, label: str, attribute: str | None = None) -> list[GraphStep]:
    return [
        GraphStep(relation=relation, to=label, attribute=attribute),
        GraphStep(relation=relation, to="Product"),
    ]
