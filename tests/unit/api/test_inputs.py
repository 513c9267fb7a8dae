from datetime import UTC, datetime

import pytest

from catalograph.api.inputs import (
    check_first,
    check_key,
    check_time,
    check_user_key,
    lucene_text,
)
from catalograph.errors import InvalidInputError


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
def test_pages_have_1_to_100_items(first: int) -> None:
    with pytest.raises(InvalidInputError, match="must be 1 to 100"):
        check_first(first)


@pytest.mark.parametrize(
    ("query", "escaped"),
    [
        ("usb-c (2 m)", r"usb\-c \(2 m\)"),
        ("title:secret", r"title\:secret"),
        ("a AND b OR NOT c", "a and b or not c"),
        ("[1 TO 9]", r"\[1 to 9\]"),
        ("ANDROID", "ANDROID"),
        ('"half a phrase', r"\"half a phrase"),
        ("/.*/", r"\/.\*\/"),
    ],
)
def test_lucene_syntax_is_taken_literally(query: str, escaped: str) -> None:
    assert lucene_text(query) == escaped


@pytest.mark.parametrize("query", ["", "  \n", "x" * 501])
def test_search_words_are_neither_empty_nor_endless(query: str) -> None:
    with pytest.raises(InvalidInputError, match="1 to 500"):
        lucene_text(query)


@pytest.mark.parametrize(
    "key", ["42", "user:shop:42", "user:shop:alice@example.org", f"user:shop:{'A' * 32}", ""]
)
def test_raw_user_ids_are_refused(key: str) -> None:
    with pytest.raises(InvalidInputError, match="user-key"):
        check_user_key(key)


@pytest.mark.parametrize("key", ["brand:x", "product:", "nonsense", f"product:shop:{'x' * 700}"])
def test_keys_of_other_labels_are_refused(key: str) -> None:
    with pytest.raises(InvalidInputError):
        check_key("key", key, "Product")


@pytest.mark.parametrize("year", [1, 999, 3000, 9999])
def test_times_too_far_off_to_be_reckoned_with_are_refused(year: int) -> None:
    with pytest.raises(InvalidInputError, match="'until' is .* 1000 to 2999"):
        check_time("until", datetime(year, 1, 1, tzinfo=UTC))


def test_a_time_needs_a_zone() -> None:
    with pytest.raises(InvalidInputError, match="without a time zone"):
        check_time("until", datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused
    assert check_time("until", datetime(2026, 1, 1, tzinfo=UTC)).year == 2026
