"""Printing for commands."""

import pytest

from catalograph.cli.output import print_table


def test_a_text_in_brackets_is_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Lamps [all]", ["title", "n"], [("[red] lamp [/red]", 1_000)])
    told = capsys.readouterr().out
    assert "Lamps [all]" in told
    assert "[red] lamp [/red]" in told
    assert "1,000" in told
