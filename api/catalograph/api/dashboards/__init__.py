"""Dashboards of the Studio: saved queries with their charts, one YAML file each.

`shop.yaml` beside this module is shipped; the operator's folder adds more, and one of the same name
takes the place of a shipped one. docs/analyst.md describes the form.
"""

import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from catalograph.errors import CatalographError, ConfigError
from catalograph.schema.suggest import did_you_mean
from catalograph.store.analyst import saved_query

__all__ = ["Dashboard", "DashboardPanel", "DashboardText", "load_dashboards"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_SUFFIX = ".yaml"


class DashboardText(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    zh: str


class DashboardPanel(BaseModel):
    """A saved query with the chart of its rows.

    Raises:
        ValueError: there is no such query, parameter or column.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str
    title: DashboardText | None = None
    """None for the query's own title."""
    parameters: Mapping[str, str | int | float | bool] = Field(default_factory=dict)
    chart: Literal["bar", "line", "table"] = "table"
    x: str | None = None
    """Column of the categories or times; a chart needs one."""
    y: tuple[str, ...] = ()
    """Columns of the figures."""
    series: str | None = None
    """Column whose values each have a bar or line of their own; then `y` is one column."""

    @model_validator(mode="after")
    def _check(self) -> "DashboardPanel":
        try:
            query = saved_query(self.query)
            query.fill(self.parameters)
        except CatalographError as exc:
            raise ValueError(str(exc)) from exc
        columns = [column.name for column in query.columns]
        for name in (*self.y, *(n for n in (self.x, self.series) if n is not None)):
            if name not in columns:
                raise ValueError(
                    f"the query '{self.query}' has no column '{name}'."
                    f"{did_you_mean(name, columns)} It has: {', '.join(columns)}."
                )
        if self.chart != "table" and (self.x is None or not self.y):
            raise ValueError(f"a {self.chart} chart needs 'x' and 'y'")
        if self.series is not None and len(self.y) != 1:
            raise ValueError("with 'series', 'y' is one column")
        return self


class Dashboard(BaseModel):
    """A page of charts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Last part of its address; the name of its file."""
    title: DashboardText
    panels: tuple[DashboardPanel, ...] = Field(min_length=1)


def load_dashboards(folder: Path | None) -> tuple[Dashboard, ...]:
    """Read the shipped dashboards and those of a folder, sorted by name.

    Args:
        folder: folder of YAML files; None for the shipped ones alone.

    Raises:
        ConfigError: the folder or a file cannot be read, or a file is no dashboard.
    """
    shipped = resources.files(__name__)
    texts = {
        name: (name, text.read_text(encoding="utf-8"))
        for text in shipped.iterdir()
        if (name := text.name).endswith(_SUFFIX)
    }
    if folder is not None:
        try:
            files = sorted(folder.iterdir())
            texts |= {
                file.name: (str(file), file.read_text(encoding="utf-8"))
                for file in files
                if file.name.endswith(_SUFFIX)
            }
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(
                f"CATALOGRAPH_API__DASHBOARDS '{folder}' cannot be read: {exc}. It must be a "
                "folder of YAML files."
            ) from exc
    return tuple(_read(name, *texts[name]) for name in sorted(texts))


def _read(name: str, path: str, text: str) -> Dashboard:
    stem = name.removesuffix(_SUFFIX)
    try:
        if not _NAME.match(stem):
            raise ValueError("a file's name may have small letters, digits and '-'")
        given: Any = yaml.safe_load(text)
        if not isinstance(given, dict):
            raise ValueError("expected are `title` and `panels`")
        return Dashboard(**{**given, "name": stem})
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"The dashboard '{path}' is wrong at '{place}': {first['msg']}.") from exc
    except (ValueError, yaml.YAMLError) as exc:
        raise ConfigError(f"The dashboard '{path}' cannot be used: {exc}.") from exc
