"""Texts of a caller are taken out of what is said of them."""

import pytest

from catalograph.api.redact import redact

MAIL = "ann.other@example.org"


@pytest.mark.parametrize(
    ("message", "document", "variables", "expected"),
    [
        (f"There is no product '{MAIL}'.", None, {"key": MAIL}, "There is no product '…'."),
        (f"'{MAIL}' is no key.", None, {"input": {"keys": ["x", MAIL]}}, "'…' is no key."),
        (f"found '{MAIL}'.", f'{{ product(key: "{MAIL}") {{ key }} }}', None, "found '…'."),
        ("found 'two\\nlines'.", None, {"a": "two\nlines"}, "found '…'."),
        (f"is '{'ab' * 40}', which", None, {"key": "ab" * 300}, "is '…', which"),
        (f"'{MAIL}'", f'{{ a(b: """{MAIL}""") }}', None, "'…'"),
        ('Unknown operation named "Ann Other".', "{ a }", {}, "Unknown operation."),
        ("'first' is 0; it must be 1 to 100.", "{ a }", {"b": "is"}, None),
    ],
)
def test_texts_of_the_request_are_taken_out(
    message: str, document: str | None, variables: dict[str, object] | None, expected: str | None
) -> None:
    assert redact(message, document, variables) == (message if expected is None else expected)
