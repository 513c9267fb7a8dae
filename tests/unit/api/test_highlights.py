"""Pieces of texts that match search words."""

import pytest

from catalograph.api.highlights import highlight
from catalograph.assistant.query_understanding.tokens import split_tokens


def pieces(text: str, query: str, field: str = "title") -> list[tuple[str, bool]] | None:
    found = highlight(field, text, split_tokens(query))
    return None if found is None else [(part.text, part.matched) for part in found.parts]


@pytest.mark.parametrize(
    ("text", "query", "parts"),
    [
        ("Red <b>cases</b>", "case", [("Red <b>", False), ("cases", True), ("</b>", False)]),
        ("Desk lamp", "desk lamps", [("Desk lamp", True)]),
        ("Gaming keyboard", "keybord", [("Gaming ", False), ("keyboard", True)]),
        ("红色保温杯", "保温杯", [("红色", False), ("保温杯", True)]),
        ("Galaxy S7", "galaxy s6", [("Galaxy S", True), ("7", False)]),
        ("Desk lamp", "chair", None),
    ],
)
def test_matches_are_pieces_of_plain_text(
    text: str, query: str, parts: list[tuple[str, bool]] | None
) -> None:
    assert pieces(text, query) == parts


def test_a_long_description_is_cut_around_the_first_match() -> None:
    found = pieces("word " * 100 + "lamp " + "word " * 100, "lamp", "description")
    assert found is not None
    assert [matched for _, matched in found] == [False, True, False]
    assert len("".join(text for text, _ in found)) == 240
