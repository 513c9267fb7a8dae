"""The first fence of the analysts' gate: what is refused by its text alone, and what is let by."""

from typing import Any

import pytest

from catalograph.errors import NotFoundError, StatementInvalidError, StatementRefusedError
from catalograph.store.analyst import saved_queries, saved_query
from catalograph.store.analyst.patterns import LINE_LENGTH, work_of
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
    ("pattern", "work"),
    [
        ("Red .*", "linear"),
        (".*b", "linear"),
        ("(?i).*[*+(]{2}", "linear"),
        (r"\d{3}-\d{4}", "linear"),
        (r"\d+-\d+-\d+", "linear"),
        (r"[^@]+@[^@]+\.com", "linear"),
        ("(?is).*galaxy.*", "linear"),
        ("(?s).*(camera|tripod).*", "linear"),
        ("(?s).*a.*|.*b.*", "linear"),
        ("([^,]*,){3}.*", "linear"),
        ("a?" * 9, "linear"),
        ("(a|b)" * 9, "linear"),
        ("", "linear"),
        ("(?i).*galaxy.*", "lines"),
        (".*(camera|tripod).*", "lines"),
        (r"\p{L}+ .*", "lines"),
        (".*.*.*b", "unbounded"),
        (".*.*b", "unbounded"),
        (".*a.*b", "unbounded"),
        ("(?s).*a.*b.*", "unbounded"),
        (r"(?s).*a\p{L}*", "unbounded"),
        ("(?s)(.*a){2}.*", "unbounded"),
        ("(?:.*|a)(?:.*|b)c", "unbounded"),
        ("(?i).*k[K]*k", "unbounded"),
        ("(a?a?a?a?a?){9}", "unbounded"),
        ("(a|a)" * 40, "unbounded"),
        ("(a+)+b", "unbounded"),
        ("(a|b)*", "unbounded"),
        ("(.*a){12}", "unbounded"),
        (r"(a*)\1", "unbounded"),
        (r"[^\p{L}]*", "unbounded"),
        (r"\Q[\E(.*a){12}]", "unbounded"),
        ("(?x)#[\n(.*a){12}]", "unbounded"),
        ("[a&&b]*", "unbounded"),
        ("(?=a*)b", "unbounded"),
        ("[a", "unbounded"),
        ("a)", "unbounded"),
        ("(" * 250, "unbounded"),
        ("((a{40}){40}){40}", "unbounded"),
        ("a" * 501, "unbounded"),
    ],
)
def test_how_the_work_of_a_pattern_grows_is_known_by_its_form(pattern: str, work: str) -> None:
    assert work_of(pattern).value == work


_LONG = "x" * LINE_LENGTH


@pytest.mark.parametrize(
    ("text", "parameters", "passes"),
    [
        ("MATCH (p:Product) WHERE p.title =~ $p RETURN p", {"p": "(?i).*galaxy.*"}, True),
        ("MATCH (p:Product) WHERE p.title =~ $p RETURN p", {"p": ".*.*b"}, False),
        ("MATCH (p:Product) WHERE p.title =~ $p RETURN p", {"p": 1}, False),
        ("MATCH (p:Product) WHERE p.title =~ $p RETURN p", {}, False),
        ("MATCH (p:Product) WHERE p.title =~ $p[0] RETURN p", {"p": ["a"]}, False),
        ("MATCH (p:Product) WHERE p.title =~ $p.x RETURN p", {"p": {"x": "a"}}, False),
        ("MATCH (p:Product) WHERE p.title =~ $p + $p RETURN p", {"p": ".*"}, False),
        ("MATCH (p:Product) WHERE p.title =~ $p || $p RETURN p", {"p": ".*"}, False),
        ("MATCH (p:Product) WHERE p.title =~ ('.*' + 'a') RETURN p", {}, False),
        ("MATCH (p:Product) WHERE p.title =~ '\\\\d+ .*' AND true RETURN p", {}, True),
        ("MATCH (p:Product) RETURN [t IN [p.title] WHERE t =~ '(?s).*x.*' | t]", {}, True),
        ("MATCH (p:Product) WHERE toLower(trim(p.title)) =~ '.*x.*' RETURN p", {}, True),
        ("MATCH (:Product)-[r]->() WHERE r.run =~ '.*x.*' RETURN r", {}, True),
        ("MATCH (p:Product) WHERE p.description =~ '(?is).*x.*' RETURN p", {}, True),
        ("MATCH (p:Product) WHERE p.description =~ '(?i).*x.*' RETURN p", {}, False),
        ("MATCH (p:Product) WHERE 'x' + p.title =~ '.*x.*' RETURN p", {}, False),
        ("MATCH (p:Product) WHERE 'x' || p.title =~ '.*x.*' RETURN p", {}, False),
        ("MATCH (p:Product) WHERE reverse(p.title) =~ '.*x.*' RETURN p", {}, False),
        ("MATCH (p:Product) WHERE p[$name] =~ '.*x.*' RETURN p", {"name": "title"}, False),
        ("WITH {title: $s} AS p RETURN p.title =~ '.*x.*'", {"s": "x"}, False),
        ("RETURN [p IN [{title: $s}] WHERE p.title =~ '.*x.*']", {"s": "x"}, False),
        ("RETURN reduce(p = {title: 'x'}, n IN [1] | {title: p.title =~ '.*x.*'})", {}, False),
        ("WITH $s + $s AS s RETURN s =~ '.*x.*'", {"s": "x"}, False),
        ("RETURN $s =~ '.*x.*'", {"s": _LONG}, True),
        ("RETURN $s =~ '.*x.*'", {"s": _LONG + "x"}, False),
        ("RETURN $s =~ '.*.*.*b'", {"s": "a" * 100_000}, False),
        ("RETURN $s =~ '(?s).*b.*'", {"s": "a" * 100_000}, True),
    ],
)
def test_both_sides_of_a_match_are_checked(
    text: str, parameters: dict[str, Any], passes: bool
) -> None:
    if passes:
        check_text(text, parameters)
        return
    with pytest.raises(StatementRefusedError) as caught:
        check_text(text, parameters)
    assert caught.value.context["rule"] == "pattern"


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
    assert query.fill({"week": "2026-03-02"}) == {"week": "2026-03-02", "first": 20}
    for wrong in ({}, {"week": 7}, {"week": "2026-03-02", "first": True}, {"week": "x", "from": 1}):
        with pytest.raises(StatementInvalidError):
            query.fill(wrong)
    for name in ("no_such_query", "../saved", "trending_by_week.cypher"):
        with pytest.raises(NotFoundError):
            saved_query(name)


def test_the_library_says_what_it_answers() -> None:
    queries = saved_queries()
    assert len(queries) == len({query.title for query in queries}) == 29
    for query in queries:
        assert query.question.endswith("?"), query.name
        assert query.columns, query.name
        for parameter in query.parameters:
            assert f"${parameter.name}" in query.text, f"{query.name}: {parameter.name}"
        check_text(query.text, {p.name: p.example for p in query.parameters})
