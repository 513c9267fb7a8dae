"""Base class of groups of settings."""

from pydantic import BaseModel, ConfigDict, field_validator

from catalograph.environment import refuse_blank


class SettingsGroup(BaseModel):
    """A group of settings: immutable, without unknown or blank values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    _not_blank = field_validator("*", mode="before")(refuse_blank)
