"""Options that the commands of several jobs have."""

from typing import Annotated

import typer

Dimension = Annotated[
    int, typer.Option("--dimension", min=1, max=4096, help="Length of the vectors.")
]
