"""Language of the messages that commands print."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from catalograph.ingest.translation import MessageLanguage

Lang = Annotated[
    Literal["en", "zh"] | None,
    typer.Option("--lang", help="Language of comments and messages. Default: by the locale."),
]
"""Option of commands that explain what they read."""


def message_language(named: "MessageLanguage | None" = None) -> "MessageLanguage":
    """Return the named language, else Chinese in a Chinese locale, else English."""
    from catalograph.settings import message_locale

    if named is not None:
        return named
    return "zh" if message_locale().lower().startswith("zh") else "en"
