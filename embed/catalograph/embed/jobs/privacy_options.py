"""Options that jobs with differential privacy have in common."""

from typing import Annotated

import typer

__all__ = ["Delta", "Epsilon", "NotPrivate"]

Epsilon = Annotated[
    float | None,
    typer.Option(
        "--epsilon",
        metavar="E",
        help="Learn with differential privacy: ε of this release, from the budget of "
        "`catalograph privacy budget`. Unset: as the live version.",
    ),
]
Delta = Annotated[
    float | None, typer.Option("--delta", metavar="D", help="δ of this release. Default: 1e-6.")
]
NotPrivate = Annotated[
    bool,
    typer.Option(
        "--not-private", help="Learn without privacy, although the live version is private."
    ),
]
