"""The history that a list is based on: a shopper's, a session's or a basket's."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Context
from catalograph.api.inputs import check_key, check_time, check_user_key
from catalograph.errors import InvalidInputError
from catalograph.store.queries.api_queries import History

MAX_SESSION = 100


@strawberry.input(description="A product chosen in a session that nobody need have recorded.")
class SessionEvent:
    """One event of a session."""

    product_key: str = strawberry.field(description="`product:<source>:<id>`.")
    time: datetime | None = strawberry.field(
        default=None, description="When, with a time zone; null: as old as the oldest."
    )


def history_of(
    context: Context,
    user_key: str | None,
    session: Sequence[SessionEvent] = (),
    without: Sequence[str] = (),
) -> History:
    """Return the history of a shopper or session, checked.

    Raises:
        InvalidInputError: a key is not of its kind, a time is out of range, or there are too many.
        ForbiddenError: the key is another shopper's, and the caller may not name other shoppers.
        UnauthenticatedError: a shopper is named without credentials.
    """
    for name, given in (("session", session), ("without", without)):
        if len(given) > MAX_SESSION:
            raise InvalidInputError(f"'{name}' has {len(given)} entries, at most {MAX_SESSION}.")
    for event in session:
        check_key("productKey", event.product_key, "Product")
        if event.time is not None:
            check_time("time", event.time)
    user = own_user(context, None if user_key is None else check_user_key(user_key))
    return History(
        user,
        tuple((event.product_key, event.time) for event in session),
        tuple(check_key("without", key, "Product") for key in without),
    )


def basket_history(keys: Sequence[str]) -> History:
    """Return the products of a basket as a history.

    Raises:
        InvalidInputError: none or too many, or one is not a product key.
    """
    if not keys:
        raise InvalidInputError("'keys' is empty: a basket has at least one product.")
    if len(keys) > MAX_SESSION:
        raise InvalidInputError(f"'keys' has {len(keys)} entries, at most {MAX_SESSION}.")
    return History(session=tuple((check_key("keys", key, "Product"), None) for key in keys))
