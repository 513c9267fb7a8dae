"""How the commands print tables."""

import io

import pytest
from rich import console

from catalograph.cli.output import print_table

ROWS = [(f"bd9806c77511{n}", "A title of several words that may be broken " * 3) for n in range(2)]


def test_a_table_tells_texts_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Lamps [all]", ["title", "n"], [("[red] lamp [/red]", 1_000)])
    printed = capsys.readouterr().out
    assert "Lamps [all]" in printed
    assert "[red] lamp [/red]" in printed
    assert "1,000" in printed


def test_a_pipe_gets_each_row_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_table("", ["id", "title"], ROWS)
    lines = capsys.readouterr().out.splitlines()
    for id_, title in ROWS:
        assert [line for line in lines if id_ in line and title.strip() in line]


@pytest.mark.parametrize("columns", [10, 30, 60])
def test_a_narrow_terminal_breaks_texts_and_no_ids(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    stream = io.StringIO()
    made = console.Console(file=stream, force_terminal=True, width=columns, color_system=None)
    monkeypatch.setattr(console, "Console", lambda **_: made)
    print_table("", ["id", "title"], ROWS)
    printed = stream.getvalue()
    for id_, title in ROWS:
        assert id_ in printed
        assert title.strip() not in printed


def test_keys_are_no_emoji(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Pairs of :a:", ["key"], [["product:a:1"]])
    printed = capsys.readouterr().out
    assert "product:a:1" in printed
    assert "Pairs of :a:" in printed
