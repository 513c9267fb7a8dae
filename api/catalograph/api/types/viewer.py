"""The caller of a request, as the API shows it."""

import strawberry


@strawberry.type(description="The caller of this request, by the credentials that it carries.")
class Viewer:
    """The caller."""

    known: bool = strawberry.field(description="False without credentials.")
    user_key: str | None = strawberry.field(
        description="Key of the shopper, for credentials of one shopper."
    )
    scopes: list[str] = strawberry.field(
        description="What the caller may do, such as `catalog:read`; fields that need another "
        "scope are refused."
    )
