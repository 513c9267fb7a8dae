"""Consent of shoppers."""

import strawberry

from catalograph.schema.privacy import Purpose
from catalograph.store.ledger.personal_data import Consent

strawberry.enum(Purpose, name="DataPurpose", description="What data of shoppers are used for.")


@strawberry.type(description="What a shopper's data may be used for.")
class UserConsent:
    """Consent by purpose."""

    user_key: str = strawberry.field(description="The shopper's pseudonym.")
    allowed: list[Purpose] = strawberry.field(
        description="Purposes that the data are used for now."
    )
    agreed: list[Purpose] = strawberry.field(description="Purposes that the shopper agreed to.")
    refused: list[Purpose] = strawberry.field(description="Purposes that the shopper refused.")

    @classmethod
    def of(cls, user: str, found: Consent) -> "UserConsent":
        """Wrap what the graph holds."""
        return cls(
            user_key=user,
            allowed=[purpose for purpose in Purpose if found.allows(purpose)],
            agreed=list(found.agreed),
            refused=list(found.refused),
        )
