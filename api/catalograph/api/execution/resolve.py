"""Plans of the field that is being resolved, cached as long as its document is."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

import orjson

from catalograph.api.answer_cache import AnswerCache, AnswerKey, KeptAnswer
from catalograph.api.context import Info
from catalograph.api.execution.executor import CompletedValue, KeptText, objects_of
from catalograph.api.execution.planner import NodePlan, ObjectPlan, PagePlan, Planner
from catalograph.api.execution.selections import SelectedFields, SelectionCollector

P = TypeVar("P")
KEPT = 500
"""Number of cached plans of a process; the same as of parsed documents."""
_plans: OrderedDict[tuple[int, str], tuple[Any, Any]] = OrderedDict()


def cached_plan(info: Info, kind: str, make: Callable[[Any, SelectedFields], P]) -> P:
    """Return the plan of the field being resolved; variables in the selection prevent caching.

    Args:
        info: resolver info of the field.
        kind: kind of plan; a field may have several.
        make: function that makes the plan from the selection.
    """
    raw = info._raw_info  # noqa: SLF001 - the one way to fragments
    node = raw.field_nodes[0]
    # The node is kept with its plan, so that its id() is not reused for another node.
    found = _plans.get((id(node), kind))
    if found is not None:
        _plans.move_to_end((id(node), kind))
        plan: P = found[1]
        return plan
    picker = SelectionCollector(raw.schema, raw.fragments, info.variable_values)
    plan = make(raw, picker.of_field(raw.return_type, raw.field_nodes))
    if not picker.uses_variables:
        _plans[id(node), kind] = (node, plan)
        if len(_plans) > KEPT:
            _plans.popitem(last=False)
    return plan


def _planner(info: Info) -> Planner:
    services = info.context.services
    return Planner(services.cursors, services.prices, services.values)


def node_plan(info: Info, type_: str) -> NodePlan:
    """Return the plan of a field that answers one node of a type."""
    planner = _planner(info)
    return cached_plan(info, type_, lambda _, picks: planner.node(type_, picks[type_]))


def page_plan(info: Info, connection: str) -> PagePlan:
    """Return the plan of a field that answers a connection."""
    planner = _planner(info)
    return cached_plan(info, connection, lambda _, picks: planner.page(picks, connection))


def object_plan(info: Info) -> ObjectPlan:
    """Return the plan of a field that answers values of the API."""
    planner = _planner(info)
    return cached_plan(info, "", lambda raw, picks: planner.object(raw.return_type, picks))


def answer_object(info: Info, value: Any) -> CompletedValue:
    """Return the complete answer for a value of the API."""
    return CompletedValue(object_plan(info).shape(value))


class FreshAnswer(NamedTuple):
    """An answer just read.

    Attributes:
        data: complete value of the field.
        product: key of the only product that it depends on; None where it may depend on any.
    """

    data: Any
    product: str | None = None


async def answer_kept(info: Info, fresh: Callable[[], Awaitable[FreshAnswer]]) -> CompletedValue:
    """Return the complete answer of the field being resolved, from the cache if it is there.

    Args:
        info: resolver info of the field, one that `decorators.may_be_kept`.
        fresh: function that reads the answer, the same for every caller who may ask.
    """
    answers = info.context.services.answers
    if not answers.current:
        return CompletedValue((await fresh()).data)
    key = info.root_value  # was looked for before
    if key is None:
        key = _answer_key(info)
        kept = find_kept(answers, key)
        if kept is not None:
            return kept
    changes = answers.changes
    data, product = await fresh()
    answers.keep(key, KeptAnswer(orjson.dumps(data), objects_of({"": data}), product, changes))
    return CompletedValue(data)


def find_kept(answers: AnswerCache, key: AnswerKey) -> CompletedValue | None:
    """Return a kept answer; None if there is none, or the cache is not current."""
    kept = answers.find(key) if answers.current else None
    return None if kept is None else CompletedValue(KeptText(kept.text, kept.objects))


def _answer_key(info: Info) -> AnswerKey:
    raw = info._raw_info  # noqa: SLF001 - the one way from a resolver to the document
    operation = raw.operation
    name = operation.name.value if operation.name else ""
    text = operation.loc.source.body if operation.loc else ""
    # By the place as well: an operation may have several fields.
    variables = orjson.dumps(info.variable_values, default=str, option=orjson.OPT_SORT_KEYS)
    return AnswerKey(text, f"{name}/{raw.path.key}", variables)
