"""Query plans: what a question asks of the graph, as JSON that `store` compiles to Cypher.

A plan names nodes by their keys and relations by the ontology's names. The direction of each step
of a path follows from the ontology, so that no plan can follow an edge backwards, and nothing but
what the plan's form names is read. `plan_schema` is the same form as a JSON schema, for a grammar.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from catalograph.errors import InvalidInputError
from catalograph.schema.keys import label_of
from catalograph.schema.ontology import ONTOLOGY
from catalograph.schema.service import DocumentKind

PATH_RELATIONS: Mapping[str, frozenset[tuple[str, str]]] = {
    relation.name: frozenset(relation.patterns)
    for relation in ONTOLOGY.relations
    if relation.asserted or relation.name in ("CHILD_OF", "VALUE_OF")
}
"""Relations that a path may follow, with the labels of head and tail; none leads to shoppers."""
PATH_LABELS = ("Product", "Brand", "Category", "Value", "Attribute")
MOST_KEYS = 50
"""Largest number of keys in one list of a plan."""
MOST_ROWS = 100
"""Largest number of rows of an answer."""

_Keys = Annotated[list[Annotated[str, Field(max_length=2_000)]], Field(max_length=MOST_KEYS)]
_Rows = Annotated[int, Field(ge=1, le=MOST_ROWS)]
_Text = Annotated[str, Field(max_length=500)]
_Words = Annotated[list[_Text], Field(max_length=12)]
_Number = Annotated[float, Field(allow_inf_nan=False)]


def _check_keys(name: str, given: Sequence[str], labels: Sequence[str]) -> None:
    for key in given:
        try:
            label = label_of(key)
        except InvalidInputError as exc:
            raise ValueError(str(exc)) from exc
        if label not in labels:
            raise ValueError(f"'{name}' takes keys of {' or '.join(labels)}, not '{key}'")


class _PlanPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Period(_PlanPart):
    """Days by UTC, from the first to the last."""

    since: date
    until: date

    @property
    def begin(self) -> datetime:
        """Start of the first day."""
        return datetime.combine(self.since, time(), UTC)

    @property
    def end(self) -> datetime:
        """End of the last day."""
        return datetime.combine(self.until, time(), UTC) + timedelta(days=1)

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.until - self.since).days + 1

    @property
    def before(self) -> datetime:
        """Start of as many days before it."""
        return self.begin - timedelta(days=self.days)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.until < self.since:
            raise ValueError("'until' is before 'since'")
        return self


class ValueGroup(_PlanPart):
    """Values of which a product has one.

    Attributes:
        keys: keys of the values.
        word: word or phrase that counts as well if the title has it, as catalogues often do not
            state such values; blank for none.
    """

    keys: _Keys = []
    word: _Text = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_keys("keys", self.keys, ("Value",))
        if not self.keys and not self.word:
            raise ValueError("a group needs 'keys' or a 'word'")
        return self


class ProductSet(_PlanPart):
    """Products that meet all of some conditions; without any, all listed products.

    Attributes:
        products: keys of the products.
        brands: keys, of which a product has one.
        categories: keys, of which a product is in one or below it.
        values: groups; a product has a value of each.
        fits: keys of values or products, with one of which a product works.
        without: keys of brands, categories and values that a product does not have.
        words: words that the title has, each as a word or a phrase.
        without_words: words that the title does not have.
        price_min: smallest price in `currency`.
        price_max: largest price in `currency`.
        currency: ISO 4217 code of prices; None for the shop's most frequent one.
        rating_min: smallest mean number of stars.
        in_stock: whether products that cannot be bought now are left out.
    """

    products: _Keys = []
    brands: _Keys = []
    categories: _Keys = []
    values: Annotated[list[ValueGroup], Field(max_length=12)] = []
    fits: _Keys = []
    without: _Keys = []
    words: _Words = []
    without_words: _Words = []
    price_min: _Number | None = None
    price_max: _Number | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    rating_min: _Number | None = None
    in_stock: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it has no condition."""
        return self == ProductSet()

    @model_validator(mode="after")
    def _check_labels(self) -> Self:
        for name, labels in _LABELS_OF.items():
            given = getattr(self, name)
            _check_keys(name, given, labels)
        return self


_LABELS_OF = {
    "products": ("Product",),
    "brands": ("Brand",),
    "categories": ("Category",),
    "fits": ("Value", "Product"),
    "without": ("Brand", "Category", "Value"),
}


class FindPlan(_PlanPart):
    """Products of a set in an order, with their number."""

    op: Literal["find"] = "find"
    of: ProductSet
    order: Literal["POPULARITY", "PRICE_ASC", "PRICE_DESC", "RATING", "NEWEST"] = "POPULARITY"
    limit: _Rows = 10


def is_timed(properties: Sequence[str]) -> bool:
    """Return whether the graph keeps the history of all of these properties."""
    return bool(properties) and {"price", "availability"}.issuperset(properties)


class FactsPlan(_PlanPart):
    """What is stated of some products.

    Attributes:
        products: keys of the products.
        attributes: keys of the attributes that are asked for.
        properties: further properties that are asked for.
        fits: keys of values or products; asked is whether the products work with one of them.
        values: groups of values; asked is whether the products have one of each.
        period: days in which price or availability are asked for; None for what holds now.
    """

    op: Literal["facts"] = "facts"
    products: Annotated[_Keys, Field(min_length=1)]
    attributes: _Keys = []
    properties: list[
        Literal["price", "availability", "brand", "category", "rating", "description"]
    ] = []
    values: Annotated[list[ValueGroup], Field(max_length=12)] = []
    fits: _Keys = []
    period: Period | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_keys("products", self.products, ("Product",))
        _check_keys("attributes", self.attributes, ("Attribute",))
        _check_keys("fits", self.fits, ("Value", "Product"))
        if self.period is not None and not is_timed(self.properties):
            raise ValueError("'period' is for the properties 'price' and 'availability' alone")
        return self


class ComparePlan(_PlanPart):
    """Two to five products side by side, by some attributes or by all that they share."""

    op: Literal["compare"] = "compare"
    products: Annotated[_Keys, Field(min_length=2, max_length=5)]
    attributes: _Keys = []

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_keys("products", self.products, ("Product",))
        _check_keys("attributes", self.attributes, ("Attribute",))
        return self


class AggregatePlan(_PlanPart):
    """A number over the products of a set, for all of them or for each group.

    Attributes:
        of: products.
        function: number to compute; `count` counts products.
        measure: what it is computed of; `attribute` is the number of `attribute`'s values.
        attribute: key of an attribute with numbers.
        by: what products are grouped by; `attribute` groups by the values of `group`.
        group: key of the attribute that products are grouped by.
        descending: whether the largest group comes first.
        limit: largest number of groups.
    """

    op: Literal["aggregate"] = "aggregate"
    of: ProductSet
    function: Literal["count", "mean", "min", "max", "sum"] = "count"
    measure: Literal["products", "price", "rating", "attribute"] = "products"
    attribute: str | None = None
    by: Literal["brand", "category", "attribute"] | None = None
    group: str | None = None
    descending: bool = True
    limit: _Rows = 5

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.function == "count") != (self.measure == "products"):
            raise ValueError("'count' counts 'products'; other functions need another 'measure'")
        if (self.measure == "attribute") != (self.attribute is not None):
            raise ValueError("'attribute' and the measure 'attribute' belong together")
        if (self.by == "attribute") != (self.group is not None):
            raise ValueError("'group' and the grouping by 'attribute' belong together")
        _check_keys("attribute", [k for k in (self.attribute, self.group) if k], ("Attribute",))
        return self


class GraphStep(_PlanPart):
    """One step from a node to its neighbours.

    Attributes:
        relation: relation of the ontology.
        to: label of the neighbours.
        role: which end of the relation the neighbours are; needed only where both ends may have
            these labels.
        attribute: name of the attribute, if the neighbours are values of one.
    """

    relation: Literal[tuple(PATH_RELATIONS)]  # type: ignore[valid-type]
    to: Literal[PATH_LABELS]  # type: ignore[valid-type]
    role: Literal["head", "tail"] | None = None
    attribute: _Text | None = None


class PathPlan(_PlanPart):
    """Nodes that a path of relations leads to, from a set of products or from other nodes.

    Attributes:
        of: products at the start; ignored if `start` has keys.
        start: keys of nodes of one label at the start.
        steps: steps, one to four.
        among: conditions on products at the end.
        leave_start: whether nodes of the start are left out of the end.
        limit: largest number of nodes.
    """

    op: Literal["path"] = "path"
    of: ProductSet = ProductSet()
    start: _Keys = []
    steps: Annotated[list[GraphStep], Field(min_length=1, max_length=4)]
    among: ProductSet = ProductSet()
    leave_start: bool = True
    limit: _Rows = 10

    @property
    def label(self) -> str:
        """Label of the nodes at the start."""
        return label_of(self.start[0]) if self.start else "Product"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.start:
            _check_keys("start", self.start, PATH_LABELS)
            if len({label_of(key) for key in self.start}) > 1:
                raise ValueError("the keys of 'start' are of different labels")
        elif self.of.is_open:
            raise ValueError("a path needs a start: 'start' or a condition in 'of'")
        if not self.among.is_open and self.steps[-1].to != "Product":
            raise ValueError("'among' is for paths that end at products")
        direct_steps(self.label, self.steps)
        return self


class OpinionPlan(_PlanPart):
    """What reviews say of products.

    Attributes:
        of: products.
        aspects: keys of the aspects that are asked for; empty for all.
        sentiment: only this one; None for all.
        period: days of the reviews; None for all.
    """

    op: Literal["opinion"] = "opinion"
    of: ProductSet
    aspects: _Keys = []
    sentiment: Literal["positive", "negative"] | None = None
    period: Period | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_keys("aspects", self.aspects, ("Value",))
        return self


class TrendPlan(_PlanPart):
    """What reviews praise less, or more, in a period than in as many days before.

    Attributes:
        of: products.
        by: what is compared: products, or their brands or categories.
        period: the period.
        direction: `worse` for less praise, `better` for more.
        limit: largest number of rows, those that changed most first.
    """

    op: Literal["trend"] = "trend"
    of: ProductSet = ProductSet()
    by: Literal["product", "brand", "category"] = "product"
    period: Period
    direction: Literal["worse", "better"] = "worse"
    limit: _Rows = 5


class PolicyPlan(_PlanPart):
    """Passages of the shop's documents.

    Attributes:
        query: words of the question.
        kinds: only documents of these kinds; empty for all.
        about: key of a product, brand or category that they are about; None for any.
        intent: intent of the question, which tells what a passage has to be about.
    """

    op: Literal["policy"] = "policy"
    query: Annotated[str, Field(min_length=1, max_length=500)]
    kinds: list[DocumentKind] = []
    about: str | None = None
    intent: _Text | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        about = [] if self.about is None else [self.about]
        _check_keys("about", about, ("Product", "Brand", "Category"))
        return self


class OrderPlan(_PlanPart):
    """Orders of the shopper who asks: of nobody else, as the plan cannot name a shopper.

    Attributes:
        id: number of the order or of a parcel; None for the latest order.
        asks: what is asked of it.
    """

    op: Literal["order"] = "order"
    id: _Text | None = None
    asks: Literal["status", "arrival", "lines", "total", "return", "refund", "carrier"] = "status"


QueryPlan = Annotated[
    FindPlan
    | FactsPlan
    | ComparePlan
    | AggregatePlan
    | PathPlan
    | OpinionPlan
    | TrendPlan
    | PolicyPlan
    | OrderPlan,
    Field(discriminator="op"),
]
"""A plan of one of the operations."""
_ADAPTER: TypeAdapter[QueryPlan] = TypeAdapter(QueryPlan)


def parse_plan(data: Mapping[str, Any] | str) -> QueryPlan:
    """Return a plan from JSON text or from its parsed form.

    Raises:
        InvalidInputError: it is no plan; the message names the place and what is allowed.
    """
    try:
        if isinstance(data, str):
            return _ADAPTER.validate_json(data)
        return _ADAPTER.validate_python(data)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the plan"
        raise InvalidInputError(f"The plan is not valid at '{place}': {first['msg']}.") from exc


def write_plan(plan: QueryPlan) -> str:
    """Return a plan as JSON without defaults, in the form that `parse_plan` reads."""
    return json.dumps(
        {"op": plan.op, **plan.model_dump(mode="json", exclude_defaults=True)}, ensure_ascii=False
    )


def plan_schema() -> dict[str, Any]:
    """Return the JSON schema of plans."""
    return _ADAPTER.json_schema()


def direct_steps(label: str, steps: Sequence[GraphStep]) -> list[bool]:
    """Return for each step whether it goes from head to tail, by the ontology.

    Args:
        label: label of the nodes at the start.
        steps: steps of a path.

    Raises:
        ValueError: no pattern of the ontology has such a step, or two have.
    """
    found = []
    for step in steps:
        patterns = PATH_RELATIONS[step.relation]
        ways = [
            forward
            for forward, pattern, role in (
                (True, (label, step.to), "tail"),
                (False, (step.to, label), "head"),
            )
            if pattern in patterns and step.role in (None, role)
        ]
        if not ways:
            allowed = ", ".join(f"{head} to {tail}" for head, tail in sorted(patterns))
            raise ValueError(
                f"{step.relation} does not lead from {label} to {step.to}; it goes from {allowed}"
            )
        if len(ways) > 1:
            raise ValueError(
                f"{step.relation} leads from {label} to {step.to} both ways; say with 'role' which "
                "end is meant"
            )
        found.append(ways[0])
        label = step.to
    return found
