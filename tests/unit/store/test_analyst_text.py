"""The first fence of the analysts' gate: what is refused by its text alone, and what is let by."""

from typing import Any

import pytest

from catalograph.errors import NotFoundError, StatementInvalidError, StatementRefusedError
from catalograph.store.analyst import saved_queries, saved_query
from catalograph.store.analyst.patterns import quick_pattern
from catalograph.store.analyst.text import check_text
from catalograph.store.analyst.values import as_parameters
from tests.analyst_bypasses import BYPASSES, LEGITIMATE


@pytest.mark.parametrize(("rule", "text"), BYPASSES)
def test_a_bypass_is_refused_by_its_text(rule: str, text: str) -> None:
    with pytest.raises(StatementRefusedError) as caught:
        check_text(text, {})
    assert caught.value.context["rule"] == rule


@pytest.mark.parametrize(("text", "parameters", "rows"), LEGITIMATE)
def test_a_question_passes(text: str, parameters: dict[str, Any], rows: object) -> None:
    check_text(text, parameters)


@pytest.mark.parametrize(
    ("pattern", "quick"),
    [
        ("Red .*", True),
        (".*(camera|tripod).*", True),
        ("(?i).*[*+(]{2}", True),
        (r"\d{3}-\d{4}", True),
        ("(a+)+b", False),
        ("(.*a){12}", False),
        (".*a.*b.*c.*d", False),
        (r"(a*)\1", False),
        ("a?" * 9, False),
        ("(a|b)" * 9, False),
        (r"\Q[\E(.*a){12}]", False),
        ("(?x)#[\n(.*a){12}]", False),
        ("a" * 501, False),
    ],
)
def test_patterns_that_may_take_for_ever_are_told_by_their_form(pattern: str, quick: bool) -> None:
    assert quick_pattern(pattern) is quick


def test_parameters_must_fit_bolt() -> None:
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    for wrong in ({"n": 2**63}, {"n": [{"m": -(2**63) - 1}]}, {"n": deep}):
        with pytest.raises(StatementInvalidError):
            as_parameters(wrong)
    assert as_parameters({"n": 2**63 - 1, "m": [True, None]}) == {"n": 2**63 - 1, "m": [True, None]}


def test_saved_queries_take_their_parameters_by_name_and_type() -> None:
    query = saved_query("trending_by_week")
    assert query.filled({"week": "2026-03-02"}) == {"week": "2026-03-02", "first": 20}
    for wrong in ({}, {"week": 7}, {"week": "2026-03-02", "first": True}, {"week": "x", "from": 1}):
        with pytest.raises(StatementInvalidError):
            query.filled(wrong)
    for name in ("no_such_query", "../saved", "trending_by_week.cypher"):
        with pytest.raises(NotFoundError):
            saved_query(name)


def test_the_library_says_what_it_answers() -> None:
    queries = saved_queries()
    assert len(queries) == len({query.title for query in queries}) == 23
    for query in queries:
        assert query.question.endswith("?"), query.name
        assert query.columns, query.name
        for parameter in query.parameters:
            assert f"${parameter.name}" in query.text, f"{query.name}: {parameter.name}"
        check_text(query.text, {p.name: p.example for p in query.parameters})
