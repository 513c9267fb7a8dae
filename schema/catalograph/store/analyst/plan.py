"""Check the execution plan of a statement, operator by operator."""

from collections.abc import Iterator, Mapping
from typing import Any

from catalograph.store.analyst.allow_lists import OPERATORS, PROCEDURES, is_procedure
from catalograph.store.analyst.tokens import refuse

_READS = "r"


def check_plan(plan: Mapping[str, Any] | None, query_type: str | None) -> None:
    """Refuse a plan unless all its operators and procedures are allowed.

    Args:
        plan: plan of EXPLAIN.
        query_type: query type of the server: `r`, `rw`, `w` or `s`.

    Raises:
        StatementRefusedError: an operator or procedure is not allowed.
    """
    if plan is None or query_type != _READS:
        raise refuse(
            "query-type",
            f"The database takes this statement for more than reading (type '{query_type}'). "
            "Statements only read the graph.",
        )
    for operator in operators(plan):
        name = operator_name(operator)
        if name not in OPERATORS:
            raise refuse(
                "operator",
                f"The statement needs the plan operator '{name}', which is not allowed. "
                "Statements only read the graph; see docs/analyst.md.",
            )
        if name == "ProcedureCall":
            _check_procedure(str(operator.get("args", {}).get("Details", "")))


def operators(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield all operators of a plan, from the last to the first."""
    waiting = [plan]
    while waiting:
        operator = waiting.pop()
        yield operator
        waiting += reversed(operator.get("children", ()))


def operator_name(operator: Mapping[str, Any]) -> str:
    """Return an operator's name without the database name."""
    return str(operator["operatorType"]).partition("@")[0]


def plan_lines(plan: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Yield a plan as indented lines: operator, details, estimated rows."""
    details = plan.get("args", {}).get("Details", "")
    rows = plan.get("args", {}).get("EstimatedRows")
    estimate = "" if rows is None else f" (about {rows:,.0f} rows)"
    yield f"{'  ' * depth}{operator_name(plan)} {details}".rstrip() + estimate
    for child in plan.get("children", ()):
        yield from plan_lines(child, depth + 1)


def _check_procedure(details: str) -> None:
    name = details.partition("(")[0].strip().replace("`", "")
    if not is_procedure(name):
        raise refuse(
            "procedure",
            f"The procedure '{name}' is not allowed. Allowed: {', '.join(PROCEDURES)}.",
        )
