"""Notes of who reads personal data, for an audit."""

from catalograph.api.context import Context
from catalograph.store.ledger.personal_data import log_access_async

__all__ = ["note_read"]


async def note_read(context: Context, field: str, user: str) -> None:
    """Note that the caller reads data of a shopper; a shopper's reads of their own are not noted.

    Args:
        context: context of the request.
        field: name of the field of the API.
        user: key of the shopper.
    """
    principal = context.principal
    if principal.user_key != user:
        await log_access_async(context.connection, principal.subject, field, user)
