"""Options that several commands share, and older option names that still work."""

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def accept_old_names(**options: str) -> type[TyperCommand]:
    """Return a command class that accepts older names of options, which its help does not show.

    Args:
        options: new name by older name, both without their dashes.
    """
    names = {f"--{old}": f"--{new}" for old, new in options.items()}

    class Renamed(TyperCommand):
        """A command that accepts older names of options."""

        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            """Parse the arguments, with older names replaced by the new ones."""
            given = []
            for n, argument in enumerate(args):
                if argument == "--":  # all that follow are arguments, not options
                    given += args[n:]
                    break
                name, equals, value = argument.partition("=")
                given.append(f"{names.get(name, name)}{equals}{value}")
            return super().parse_args(ctx, given)

    return Renamed
