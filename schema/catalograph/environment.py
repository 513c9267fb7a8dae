"""Check the `CATALOGRAPH_…` variables against the fields of the settings.

Pydantic reads the variables that it knows and ignores the rest, so a misspelt name would silently
leave a default in force. Here every variable with the prefix must be a setting.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

PREFIX = "CATALOGRAPH_"
DELIMITER = "__"
# Kubernetes sets such variables in every pod for a Service named `catalograph…`.
_SERVICE_LINK = re.compile(
    r"[A-Z0-9_]+_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR))"
)
_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://")
FieldPath = tuple[str, ...]


def variable_name(path: FieldPath) -> str:
    """Return the variable of a setting, such as `CATALOGRAPH_API__PORT` for `("api", "port")`."""
    return PREFIX + DELIMITER.join(path).upper()


def setting_fields(
    model: type[BaseModel], path: FieldPath = ()
) -> Iterator[tuple[FieldPath, FieldInfo]]:
    """Yield the settings of a model and of its nested groups, without the groups themselves."""
    for name, info in model.model_fields.items():
        group = _group_of(info)
        if group is None:
            yield (*path, name), info
        else:
            yield from setting_fields(group, (*path, name))


def find_variable_faults(model: type[BaseModel], variables: Mapping[str, str]) -> list[str]:
    """Describe the faults in the names and formats of variables.

    Args:
        model: settings class.
        variables: environment; names without the prefix are ignored.

    Returns:
        A clause for each unknown name, empty value, and list or group that is not JSON.
    """
    settings = {variable_name(path): info for path, info in setting_fields(model)}
    groups = {variable_name(path): group for path, group in _groups(model)}
    faults = []
    for given, value in sorted(variables.items()):
        name = given.upper()
        if not name.startswith(PREFIX) or _is_service_link(name, value):
            continue
        if name not in settings and name not in groups:
            faults.append(describe_unknown(given, model))
        elif not value.strip():
            faults.append(f"{name} is set but empty; unset it or give it a value")
        elif name in groups and not isinstance(_parse(value), dict):
            example = variable_name((*_path(name), *next(setting_fields(groups[name]))[0]))
            faults.append(
                f"{name} is not a JSON object; better set its fields one by one, such as {example}"
            )
        elif name in settings and _is_list(settings[name]) and not _is_json_list(value):
            faults.append(
                f"{name} is '{value}', and a JSON list is expected, such as {_as_list(value)}"
            )
    return faults


def describe_faults(model: type[BaseModel], exc: ValidationError) -> list[str]:
    """Describe invalid values, each named by its variable; secrets are not shown."""
    settings = dict(setting_fields(model))
    faults = []
    for error in exc.errors(include_url=False):
        loc = tuple(str(part) for part in error["loc"])
        if error["type"] == "extra_forbidden":
            faults.append(describe_unknown(variable_name(loc), model))
            continue
        path = next((loc[:n] for n in range(len(loc), 0, -1) if loc[:n] in settings), loc)
        entry = "".join(f", entry {int(part) + 1}," for part in loc[len(path) :] if part.isdigit())
        shown = path in settings and not _may_hold_secret(settings[path])
        value = f" is '{error['input']}'" if shown else ""
        faults.append(f"{variable_name(path)}{entry}{value}: {error['msg']}")
    return faults


def describe_unknown(name: str, model: type[BaseModel]) -> str:
    """Describe an unknown variable, with the setting of the most similar name."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    known = [variable_name(path) for path, _ in setting_fields(model)]
    nearest, *_ = process.extractOne(
        name.upper(), known, scorer=DamerauLevenshtein.normalized_similarity
    )
    return f"{name} is not a setting; did you mean {nearest}?"


def refuse_blank(value: Any) -> Any:
    """Return a value of a setting; refuse a blank text.

    Raises:
        ValueError: the text is blank; an empty secret in a template must not disable a protection.
    """
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if isinstance(text, str) and not text.strip():
        raise ValueError("it is set but empty; unset it or give it a value")
    return value


def _groups(
    model: type[BaseModel], path: FieldPath = ()
) -> Iterator[tuple[FieldPath, type[BaseModel]]]:
    for name, info in model.model_fields.items():
        group = _group_of(info)
        if group is not None:
            yield (*path, name), group
            yield from _groups(group, (*path, name))


def _group_of(info: FieldInfo) -> type[BaseModel] | None:
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _path(name: str) -> FieldPath:
    return tuple(name.removeprefix(PREFIX).lower().split(DELIMITER))


def _is_service_link(name: str, value: str) -> bool:
    """Return whether Kubernetes set a variable for a Service named `catalograph…`."""
    return bool(_SERVICE_LINK.fullmatch(name) or _SERVICE_ADDRESS.match(value))


def _is_list(info: FieldInfo) -> bool:
    return get_origin(info.annotation) is tuple


def _may_hold_secret(info: FieldInfo) -> bool:
    """Return whether a value is a secret, or a text that may contain one, such as an address."""
    kinds = get_args(info.annotation) if not _is_list(info) else ()
    return bool({SecretStr, str} & {info.annotation, *kinds})


def _parse(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return None


def _is_json_list(value: str) -> bool:
    return isinstance(_parse(value), list)


def _as_list(value: str) -> str:
    """Rewrite a malformed list as the JSON list that is expected."""
    parts = [part.strip(" \"'[](){}") for part in value.split(",")]
    return json.dumps([part for part in parts if part])
