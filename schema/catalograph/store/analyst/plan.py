"""What the database means to do with a statement: its plan, operator by operator."""

from collections.abc import Iterator, Mapping
from typing import Any

from catalograph.store.analyst.allow_lists import OPERATORS, PROCEDURES, is_procedure
from catalograph.store.analyst.tokens import refuse

_READS = "r"


def check_plan(plan: Mapping[str, Any] | None, query_type: str | None) -> None:
    """Let a plan pass whose every operator and procedure is allowed.

    Args:
        plan: as EXPLAIN gives it.
        query_type: `r`, `rw`, `w` or `s`, as the server tells it.

    Raises:
        StatementRefusedError: the operator or procedure that is not.
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
    """All operators of a plan, from the last to the first."""
    waiting = [plan]
    while waiting:
        operator = waiting.pop()
        yield operator
        waiting += reversed(operator.get("children", ()))


def operator_name(operator: Mapping[str, Any]) -> str:
    """Its name without the database it runs in."""
    return str(operator["operatorType"]).partition("@")[0]


def plan_lines(plan: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """A plan as indented text: operator, what it works on, estimated rows."""
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
