r"""Split a statement into tokens as Neo4j's lexer does.

Neo4j's lexer and this one must agree on where strings and comments end. So everything that they
could read differently is refused: `\u` escapes, which Neo4j replaces before lexing, control
characters, and characters that are not part of Cypher.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from catalograph.errors import StatementRefusedError

MAX_LENGTH = 20_000
"""Largest number of characters of a statement."""
MAX_TOKENS = 2_000
"""Largest number of tokens of a statement. Neo4j plans a sum of 1,000 terms, or a list of as many
numbers, in about a second; planning longer ones exceeds the time limit, which Neo4j does not check
during planning."""

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+ | //[^\n]* | /\*.*?\*/)
  | (?P<string>'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*")
  | (?P<parameter>\$(?:\w+|`(?:[^`]|``)*`))
  | (?P<quoted>`(?:[^`]|``)*`)
  | (?P<number>\d\w*(?:\.\d\w*)?)
  | (?P<word>[^\W\d]\w*)
  | (?P<symbol>=~|\.\.|/(?!\*)|[-+*%^=<>!&|,.:;()\[\]{}$])
    """,
    re.VERBOSE | re.DOTALL,
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a statement.

    Attributes:
        kind: group of `_TOKEN`.
        value: its normalised form: unquoted, words in upper case.
        text: the token as it is written.
        start: place of its first character in the statement.
    """

    kind: str
    value: str
    text: str
    start: int

    @property
    def is_name(self) -> bool:
        """Whether the token can be a name."""
        return self.kind in ("word", "quoted")


def refuse(rule: str, message: str) -> StatementRefusedError:
    """Return the error of a rule; `rule` identifies it in tests and logs."""
    return StatementRefusedError(message, rule=rule)


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a statement without spaces and comments.

    Raises:
        StatementRefusedError: Neo4j could read the statement differently, or cannot read it.
    """
    if len(text) > MAX_LENGTH:
        raise refuse(
            "length",
            f"The statement has {len(text):,} characters; at most {MAX_LENGTH:,} are read.",
        )
    if re.search(r"\\u", text, re.IGNORECASE):
        raise refuse(
            "escape", r"The statement has a \u escape. Write the character or pass a parameter."
        )
    if _CONTROL.search(text.replace("\r\n", "\n")):
        raise refuse(
            "character", "The statement has a control character. Pass such text as a parameter."
        )
    tokens = list(_split(text))
    if len(tokens) > MAX_TOKENS:
        raise refuse(
            "tokens",
            f"The statement has {len(tokens):,} words, numbers, strings and symbols; at most "
            f"{MAX_TOKENS:,} are planned. Pass long lists as parameters.",
        )
    return tokens


def _split(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise refuse(
                "character",
                f"The statement cannot be read from {text[at : at + 20]!r} on: an open string or "
                "comment, or a character that is no part of Cypher.",
            )
        start, at = match.span()
        kind, piece = str(match.lastgroup), match[0]
        if kind == "space":
            continue
        value = piece
        if kind == "quoted":
            value = piece[1:-1].replace("``", "`")
        elif kind == "parameter":
            value = piece[1:].strip("`")
        elif kind == "word":
            # NFKC, so that look-alikes such as the Kelvin sign or a long s become plain letters.
            value = unicodedata.normalize("NFKC", piece).upper()
        yield Token(kind, value, piece, start)


def spell(token: Token) -> str:
    """Return a name as Neo4j reads it."""
    return token.value if token.kind == "quoted" else unicodedata.normalize("NFKC", token.text)
