"""Base classes of the generated models."""

from pydantic import BaseModel as PydanticBaseModel
from pydantic import ConfigDict


class UnsetType:
    """The type of `UNSET`."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET = UnsetType()
"""An argument that is left out, so that the server's default applies; None would be null."""


class BaseModel(PydanticBaseModel):
    """A value of an answer or an input; its fields have Python's names and GraphQL's as aliases."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, protected_namespaces=())
