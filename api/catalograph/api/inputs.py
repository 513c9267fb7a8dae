"""Checks of arguments that GraphQL's types do not make."""

import re
from collections.abc import Sequence
from datetime import datetime

from catalograph.errors import InvalidInputError
from catalograph.schema.check import YEARS
from catalograph.schema.keys import label_of
from catalograph.store.queries.search import escape_words

MAX_FIRST = 100
MAX_KEY_LENGTH = 600
MAX_QUERY_LENGTH = 500
MAX_TAKEN_BACK = 50
_USER_KEY = re.compile(r"user:[a-z0-9][a-z0-9_.-]{0,62}:[0-9a-f]{32}\Z")


def check_first(first: int, most: int = MAX_FIRST) -> int:
    """Refuse pages that are empty or too long.

    Raises:
        InvalidInputError: not 1 to `most`.
    """
    if not 1 <= first <= most:
        raise InvalidInputError(f"'first' is {first}; it must be 1 to {most}.")
    return first


def check_share(diversity: float | None) -> float | None:
    """Refuse a diversity that is no share.

    Raises:
        InvalidInputError: not 0 to 1.
    """
    if diversity is not None and not 0 <= diversity <= 1:
        raise InvalidInputError(f"'diversity' is {diversity}; it must be 0 to 1.")
    return diversity


def check_key(name: str, key: str, label: str) -> str:
    """Refuse what is no key of a label.

    Raises:
        InvalidInputError: too long, or of another form.
    """
    if len(key) > MAX_KEY_LENGTH or label_of(key) != label:
        raise InvalidInputError(f"'{name}' is '{key[:80]}', which is no key of a {label}.")
    return key


def check_user_key(key: str) -> str:
    """Refuse what is no pseudonym, such as a raw user id.

    Raises:
        InvalidInputError: not `user:<source>:<32 hexadecimal digits>`.
    """
    if not _USER_KEY.match(key):
        raise InvalidInputError(
            "'userKey' must be user:<source>:<32 hexadecimal digits>. "
            "`catalograph user-key SOURCE ID` makes it from an id."
        )
    return key


def check_ids(ids: Sequence[str]) -> tuple[str, ...]:
    """Refuse lists of constraints that no query has.

    Raises:
        InvalidInputError: too many ids, or an id is too long.
    """
    if len(ids) > MAX_TAKEN_BACK or any(len(one) > MAX_KEY_LENGTH for one in ids):
        raise InvalidInputError(
            f"'takeBack' has {len(ids)} ids; it takes at most {MAX_TAKEN_BACK}, each of at most "
            f"{MAX_KEY_LENGTH} characters, as `understood` gives them."
        )
    return tuple(ids)


def check_time(name: str, time: datetime) -> datetime:
    """Refuse a time without a zone, and one so far off that it cannot be reckoned with.

    Raises:
        InvalidInputError: it has no zone, or is not of the years that the graph takes.
    """
    if time.tzinfo is None:
        raise InvalidInputError(f"'{name}' is {time.isoformat()}, without a time zone.")
    if time.year not in YEARS:
        raise InvalidInputError(
            f"'{name}' is {time.isoformat()}; it must be of the years {YEARS[0]} to {YEARS[-1]}."
        )
    return time


def check_turn(text: str) -> str:
    """Refuse turns that are blank or too long.

    Raises:
        InvalidInputError: nothing but white space, or too long.
    """
    if not text.strip() or len(text) > MAX_QUERY_LENGTH:
        raise InvalidInputError(f"'text' must have 1 to {MAX_QUERY_LENGTH} characters.")
    return text


def lucene_text(query: str) -> str:
    """Return search words as Lucene takes them literally.

    Raises:
        InvalidInputError: nothing but white space, or too long.
    """
    if not query.strip() or len(query) > MAX_QUERY_LENGTH:
        raise InvalidInputError(f"'query' must have 1 to {MAX_QUERY_LENGTH} characters.")
    return escape_words(query)
