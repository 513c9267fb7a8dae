"""Comments in a proposed mapping file."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import yaml

from catalograph.ingest.translation import MessageLanguage, translate

_WIDTH = 100
_UNUSED_SHOWN = 40
_TOP = re.compile(r"([A-Za-z_]+):")


def write_comments(
    text: str,
    warnings: Sequence[str],
    comments: Mapping[str, str],
    unused: Sequence[tuple[str, str]],
    language: MessageLanguage = "en",
) -> str:
    """Return a mapping's YAML with warnings first, a comment before each line, and unused columns.

    Args:
        text: the mapping as YAML.
        warnings: what may be lost or wrong.
        comments: comment by field, or by field and place in its list: `attributes.0`.
        unused: columns that are not mapped, and why.
        language: language of the comments.
    """
    say = partial(translate, language=language)
    content = yaml.safe_load(text)
    lines: list[str] = []
    for warning in warnings:
        lines += _comment(f"{say('WARNING:')} {say(warning)}")
    if warnings:
        lines.append("")
    kind = {"kind": f"read by `catalograph ingest {content['kind']}`"}
    for name, value in content.items():
        told = kind | dict(comments)
        lines += _field(name, value, {field: say(text) for field, text in told.items()})
    if unused:
        lines += ["", *_comment(say("Not mapped:"))]
        for column, why in unused[:_UNUSED_SHOWN]:
            lines += _comment(f"- {column}: {say(why)}")
        if len(unused) > _UNUSED_SHOWN:
            lines += _comment(say(f"- and {len(unused) - _UNUSED_SHOWN:,} more"))
    return "\n".join(lines) + "\n"


def _field(name: str, value: object, comments: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a field; of a list with a comment for each part, a line for each."""
    yield from _comment(comments.get(name, ""))
    if isinstance(value, list) and any(f"{name}.{n}" in comments for n in range(len(value))):
        yield f"{name}:"
        for n, part in enumerate(value):
            yield from _comment(comments.get(f"{name}.{n}", ""), "  ")
            yield f"  - {_flow(part)}"
    else:
        yield from _block(name, value)


def _shorten(value: object) -> object:
    """Return a part of a mapping in its shorter form, which reads as the same."""
    if (
        isinstance(value, dict)
        and isinstance(value.get("columns"), list)
        and len(value["columns"]) == 1
    ):
        value = value | {"columns": value["columns"][0]}
    if isinstance(value, dict) and len(value) == 1 and value.keys() & {"column", "columns"}:
        (value,) = value.values()
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        (value,) = value
    return value


def _block(name: str, value: object) -> Iterator[str]:
    value = _shorten(value)
    if isinstance(value, dict | list):
        yield f"{name}: {_flow(value)}"
    else:
        yield yaml.safe_dump(
            {name: value}, allow_unicode=True, width=10_000, sort_keys=False
        ).rstrip("\n")


def _flow(value: object) -> str:
    """Return a value in YAML's form on one line."""
    return (
        yaml.safe_dump(
            value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False
        )
        .removesuffix("...\n")
        .rstrip("\n")
    )


def _comment(text: str, before: str = "") -> list[str]:
    """Return a text as lines of comment; what is not printable is written as an escape."""
    if not text:
        return []
    plain = "".join(
        sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in " ".join(text.split())
    )
    wrapped = textwrap.wrap(
        plain, _WIDTH - len(before) - 2, break_long_words=False, break_on_hyphens=False
    )
    return [f"{before}# {line}" for line in wrapped]
