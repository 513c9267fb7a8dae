"""Readers of single cells: numbers, times, texts, lists, ids and placeholders."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from catalograph.ingest import values
from catalograph.ingest.values import PlaceholderKind


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
        ("12,34,567.50", 1234567.5),
        ("Rs. 399", 399.0),
        ("Rs.399", 399.0),
        ("12.999", 12.999),
        ("1’299.00", 1299.0),
        ("1'299", 1299.0),
        ("1 299,00", 1299.0),
        ("1\u202f299,5", 1299.5),
        ("12,- €", 12.0),
        ("CHF 99.–", 99.0),
        ("１，２９９．５０", 1299.5),
        ("٣٫٥", 3.5),
        ("1.2万", 12000.0),
        ("3億円", 3e8),
        ("1.2k", 1200.0),
        ("-5", -5.0),
        ("−5 °C", -5.0),
        (".5", 0.5),
        ("1.5E+3", 1500.0),
        ("5 kg", 5.0),
    ],
)
def test_numbers(cell: Any, number: float) -> None:
    assert values.to_number(cell) == number


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "free",
        "$10 - $20",
        "5.0 out of 5",
        {"a": 1},
        True,
        "10 20",
        "1,23,45",
        "1.299.00",
        "1,299,00",
        "1.2.3",
        "1e999",
        "12:30",
        "2026-01-05",
    ],
)
def test_what_is_no_number(cell: Any) -> None:
    with pytest.raises(ValueError, match=r"number|text"):
        values.to_number(cell)


@pytest.mark.parametrize(
    ("cell", "comma", "dot"), [("1.299", 1299.0, 1.299), ("12,500 kr", 12.5, 12500.0)]
)
def test_an_ambiguous_number_needs_a_decimal_sign(cell: str, comma: float, dot: float) -> None:
    assert values.to_number(cell, ",") == comma
    assert values.to_number(cell, ".") == dot
    with pytest.raises(values.AmbiguousNumberError, match=r'`decimal: ","` or `decimal: "\."`'):
        values.to_number(cell, None)


def test_an_unambiguous_number_is_read_whatever_the_column_writes() -> None:
    assert values.to_number("12.99", ",") == 12.99
    assert values.to_number("12,99", ".") == 12.99


def test_a_count_is_whole_and_a_rating_is_small() -> None:
    assert [values.to_count(text) for text in ("1.234", "1,234", "24,269")] == [1234, 1234, 24269]
    assert [values.to_rating(text) for text in ("4.375", "4,375", "4,5")] == [4.375, 4.375, 4.5]
    written = ("4.0 out of 5 stars", "4,5 von 5 Sternen", "8/10", "5つ星のうち4", "★★★☆☆", "4分")
    assert [values.to_rating(text) for text in written] == [4, 4.5, 4, 4, 3, 4]
    assert values.to_whole("1,234") == 1234


def test_a_unit_is_no_multiple() -> None:
    assert values.to_number("5M") == 5e6
    assert values.to_number("5M", unit="m") == 5


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        (1529193600, datetime(2018, 6, 17, tzinfo=UTC)),
        ("1529193600", datetime(2018, 6, 17, tzinfo=UTC)),
        (1529193600000, datetime(2018, 6, 17, tzinfo=UTC)),
        ("1529193600123456", datetime(2018, 6, 17, microsecond=123456, tzinfo=UTC)),
        (1529193600123456789, datetime(2018, 6, 17, microsecond=123456, tzinfo=UTC)),
        ("20180617", datetime(2018, 6, 17, tzinfo=UTC)),
        (20180617, datetime(2018, 6, 17, tzinfo=UTC)),
        ("20180617103000", datetime(2018, 6, 17, 10, 30, tzinfo=UTC)),
        ("06 17, 2018", datetime(2018, 6, 17, tzinfo=UTC)),
        ("June 17, 2018", datetime(2018, 6, 17, tzinfo=UTC)),
        ("2018-06-17T00:00:00.000Z", datetime(2018, 6, 17, tzinfo=UTC)),
        ("2018-06-17 10:30:00 UTC", datetime(2018, 6, 17, 10, 30, tzinfo=UTC)),
        ("2018-06-17T12:30:00+02:00[Europe/Berlin]", datetime(2018, 6, 17, 10, 30, tzinfo=UTC)),
        ("2018-06-17T10:30:00Z[UTC]", datetime(2018, 6, 17, 10, 30, tzinfo=UTC)),
        ("平成30年6月17日（日）", datetime(2018, 6, 17, tzinfo=UTC)),
        ("Sun, 17 Jun 2018 10:30:00 GMT", datetime(2018, 6, 17, 10, 30, tzinfo=UTC)),
        ("Sun Jun 17 10:30:00 UTC 2018", datetime(2018, 6, 17, 10, 30, tzinfo=UTC)),
        ("17-Jun-18 3:05 pm", datetime(2018, 6, 17, 15, 5, tzinfo=UTC)),
        ("17.6.2018", datetime(2018, 6, 17, tzinfo=UTC)),
        ("5.1.2026", datetime(2026, 1, 5, tzinfo=UTC)),
        ("12/31/2018 12:15 AM", datetime(2018, 12, 31, 0, 15, tzinfo=UTC)),
        ("31/12/2018", datetime(2018, 12, 31, tzinfo=UTC)),
        ("2018年6月17日 下午3:05", datetime(2018, 6, 17, 15, 5, tzinfo=UTC)),
        ("17. März 2018", datetime(2018, 3, 17, tzinfo=UTC)),
        ("1er août 2018", datetime(2018, 8, 1, tzinfo=UTC)),
        ("mar. 5 mai 2026", datetime(2026, 5, 5, tzinfo=UTC)),
        ("17 de enero de 2018", datetime(2018, 1, 17, tzinfo=UTC)),
        ("17 giugno 2018", datetime(2018, 6, 17, tzinfo=UTC)),
        (datetime(2018, 6, 17), datetime(2018, 6, 17, tzinfo=UTC)),  # noqa: DTZ001
    ],
)
def test_times(cell: Any, moment: datetime) -> None:
    assert values.to_time(cell) == moment


def test_a_time_keeps_its_zone() -> None:
    moment = values.to_time("Tue Oct 01 2019 10:00:00 GMT+0200 (Central European Summer Time)")
    assert moment == datetime(2019, 10, 1, 8, tzinfo=UTC)
    assert moment.tzinfo == timezone(timedelta(hours=2))


def test_a_time_in_a_form_of_its_own() -> None:
    assert values.to_time("17.06.18", "%d.%m.%y") == datetime(2018, 6, 17, tzinfo=UTC)


def test_the_order_of_day_and_month_is_stated_or_refused() -> None:
    assert values.to_time("03/04/2026", "day-first") == datetime(2026, 4, 3, tzinfo=UTC)
    assert values.to_time("03/04/2026", "month-first") == datetime(2026, 3, 4, tzinfo=UTC)
    with pytest.raises(values.AmbiguousDateError, match=r"`format: day-first` or"):
        values.to_time("03/04/2026")
    assert values.to_time("04/04/2026") == datetime(2026, 4, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "soon",
        "13 13, 2018",
        1e30,
        "2026-02-30",
        "12:30",
        "May 2026",
        "2020",
        # Chicago's time and China's have the same name.
        "Mon Jan 05 10:15:30 CST 2026",
        "1.57E+12",
    ],
)
def test_what_is_no_time(cell: Any) -> None:
    with pytest.raises(ValueError, match="no time"):
        values.to_time(cell)


def test_html_is_resolved() -> None:
    assert values.to_plain("Insignia&#8482;<br />\n 3 < 5") == "Insignia™ 3 < 5"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<style>.a{color:red}</style><ul><li>Glass</li><li>Steel</li></ul>", "Glass\nSteel"),
        ("<SCRIPT>if (a<b) {}</SCRIPT><p>Fine</p><p>Cup</p>", "Fine\nCup"),
        ("<!-- red <b> -->Blue", "Blue"),
        ("<head><title>Shop</title></head><body>Cup</body>", "Cup"),
        ("<b>Size</b>Large, <i>new</i>.", "Size Large, new."),
        ("H<sub>2</sub>O", "H2O"),
        ("One\\nTwo\\r\\nThree", "One\nTwo\nThree"),
        ("C:\\new", "C:\\new"),
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;", "One\nTwo"),
        ("Learn the &lt;canvas&gt; element", "Learn the <canvas> element"),
        ("sizes <M and >XL, under <5 kg", "sizes <M and >XL, under <5 kg"),
        ("cut off <b and so on", "cut off <b and so on"),
        ("<![CDATA[<p>Cup</p>]]>", "Cup"),
        ("plain\nlines", "plain lines"),
    ],
)
def test_paragraphs_of_html(cell: str, text: str) -> None:
    assert values.to_paragraphs(cell) == text


def test_a_dotted_path_reaches_into_objects_and_lists() -> None:
    assert values.lookup({"a": {"b": [1, 2]}}, "a.b.1") == 2
    assert values.lookup({"a.b": 3}, "a.b") == 3
    assert values.lookup({"a": 1}, "a.b") is None
    listed = {"a": [{"b": 1}, {"c": 2}, {"b": {"d": 3}}]}
    assert values.lookup(listed, "a.*.b") == [1, {"d": 3}]
    assert values.lookup(listed, "a.*.b.d") == [3]
    assert values.lookup(listed, "a.*.e") is None


def test_a_list_in_a_text() -> None:
    assert values.to_list('["A", "", "B"]') == ["A", "B"]
    assert values.to_list("[not json") == ["[not json"]


@pytest.mark.parametrize(
    ("cell", "id_"),
    [
        ('="0012"', "0012"),
        ('=""0012""', "0012"),
        ("'0012", "0012"),
        ("12.0", "12"),
        (12.0, "12"),
        ("4.006381333931E+12", "4006381333931"),
        ("1E05", "1E05"),
        ("v1.0", "v1.0"),
        ("N/A", ""),
        ("无", ""),
    ],
)
def test_ids_without_the_marks_of_spreadsheets(cell: Any, id_: str) -> None:
    assert values.to_id(cell) == id_


def test_an_id_that_lost_digits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"scientific notation.*Format the column as text"):
        values.to_id("4.00638E+12")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("N/A", "text"),
        (" n.a. ", "text"),
        ("#N/A", "number"),
        ("--", "text"),
        ("…", "value"),
        ("(null)", "name"),
        ("Unbranded", "brand"),
        ("Does not apply", "brand"),
        ("k. A.", "brand"),
        ("ohne Marke", "brand"),
        ("sans marque", "brand"),
        ("Sin Marca", "brand"),
        ("nessuna marca", "brand"),
        ("ノーブランド", "brand"),
        ("无品牌", "brand"),
        ("Ｎ／Ａ", "brand"),
        ("其他", "name"),
        ("guest", "user"),
        ("Preis auf Anfrage", "price"),
        ("0000-00-00", "time"),
    ],
)
def test_placeholders(text: str, kind: PlaceholderKind) -> None:
    assert values.is_placeholder(text, kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("None of Us", "brand"),
        ("Generic Surplus", "brand"),
        ("NA-KD", "brand"),
        ("C&A", "brand"),
        ("无印良品", "brand"),
        ("Other", "text"),
        ("Unbranded", "value"),
        ("guest", "brand"),
        ("N/A", "title"),
        ("+", "value"),
        ("Nothing", "brand"),
        ("Altra", "brand"),
        ("Select", "brand"),
    ],
)
def test_what_is_no_placeholder(text: str, kind: PlaceholderKind) -> None:
    assert not values.is_placeholder(text, kind)
