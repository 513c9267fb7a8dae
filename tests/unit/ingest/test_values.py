from datetime import UTC, datetime
from typing import Any

import pytest

from catalograph.ingest import values


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (5, 5.0),
        ("4.99", 4.99),
        ("$1,250.00", 1250.0),
        ("1.234,50 €", 1234.5),
        ("3,5", 3.5),
        ("1,234", 1234.0),
        ("1.234.567", 1234567.0),
        ("1,79,691", 179691.0),
        ("Rs. 399", 399.0),
        ("12.999", 12.999),
    ],
)
def test_numbers(cell: Any, number: float) -> None:
    assert values.to_number(cell) == number


@pytest.mark.parametrize("cell", ["", "free", "$10 - $20", "5.0 out of 5", {"a": 1}, True])
def test_what_is_no_number(cell: Any) -> None:
    with pytest.raises(ValueError, match=r"number|text"):
        values.to_number(cell)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        (1529193600, datetime(2018, 6, 17, tzinfo=UTC)),
        ("1529193600", datetime(2018, 6, 17, tzinfo=UTC)),
        (1529193600000, datetime(2018, 6, 17, tzinfo=UTC)),
        ("06 17, 2018", datetime(2018, 6, 17, tzinfo=UTC)),
        ("June 17, 2018", datetime(2018, 6, 17, tzinfo=UTC)),
        ("2018-06-17T00:00:00.000Z", datetime(2018, 6, 17, tzinfo=UTC)),
        (datetime(2018, 6, 17), datetime(2018, 6, 17, tzinfo=UTC)),  # noqa: DTZ001
    ],
)
def test_times(cell: Any, moment: datetime) -> None:
    assert values.to_time(cell) == moment


def test_a_time_in_a_form_of_its_own() -> None:
    assert values.to_time("17.06.18", "%d.%m.%y") == datetime(2018, 6, 17, tzinfo=UTC)


@pytest.mark.parametrize("cell", ["soon", "13 13, 2018", 1e30])
def test_what_is_no_time(cell: Any) -> None:
    with pytest.raises(ValueError, match="no time"):
        values.to_time(cell)


def test_html_is_resolved() -> None:
    assert values.to_plain("Insignia&#8482;<br />\n 3 < 5") == "Insignia™ 3 < 5"


def test_a_dotted_path_reaches_into_objects_and_lists() -> None:
    assert values.lookup({"a": {"b": [1, 2]}}, "a.b.1") == 2
    assert values.lookup({"a.b": 3}, "a.b") == 3
    assert values.lookup({"a": 1}, "a.b") is None


def test_a_list_in_a_text() -> None:
    assert values.to_list('["A", "", "B"]') == ["A", "B"]
    assert values.to_list("[not json") == ["[not json"]
