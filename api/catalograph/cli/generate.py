"""Generated pages: `python -m catalograph.cli.generate` rewrites them, a test compares them.

docs/data-model.md from the ontology, docs/settings.md from the settings, docs/errors.md from the
error tree, docs/cli.md from the commands, docs/analyst.md from the saved queries,
api/schema.graphql and the abstract types that Apollo's cache asks for from the types.
"""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import typer
from graphql import build_schema, is_abstract_type
from pydantic import SecretStr

from catalograph import errors
from catalograph.cli import EXIT_CODES, app
from catalograph.cli.analyst_page import analyst_page
from catalograph.environment import setting_fields, variable_name
from catalograph.schema import ONTOLOGY, PropertySpec
from catalograph.schema.ddl import MIGRATIONS
from catalograph.schema.model_kinds import MODEL_KINDS, Use
from catalograph.schema.vectors import SLOTS
from catalograph.settings import Settings


def pages() -> dict[str, str]:
    """Return every generated page: path from the root of the repository, and its text."""
    from catalograph.api import schema_sdl

    return {
        "docs/data-model.md": data_model(),
        "docs/settings.md": settings(),
        "docs/errors.md": error_tree(),
        "docs/cli.md": commands(),
        "docs/analyst.md": analyst_page(),
        "api/schema.graphql": schema_sdl(),
        "examples/apollo/possibleTypes.json": possible_types(schema_sdl()),
    }


def possible_types(sdl: str) -> str:
    """Return the types of each interface and union, as JSON in the form of Apollo Client."""
    schema = build_schema(sdl)
    found = {
        name: sorted(one.name for one in schema.get_possible_types(kind))
        for name, kind in sorted(schema.type_map.items())
        if is_abstract_type(kind)
    }
    return json.dumps(found, indent=2) + "\n"


def data_model() -> str:
    """Return the ontology as Markdown."""
    lines = [
        "# Data model",
        "",
        "Made from the ontology by `make docs`; the write gate enforces it before the database.",
        "Every node has a unique `key` of the form given. **Bold** properties are required.",
        "",
        "## Nodes",
    ]
    for node in ONTOLOGY.nodes:
        lines += ["", f"### {node.label}", "", f"{node.doc} Key: {node.key_form}.", ""]
        lines += _property_table(node.properties)
    lines += [
        "",
        "## Relations",
        "",
        "| relation | from, to | says | asserted |",
        "|---|---|---|---|",
    ]
    for relation in ONTOLOGY.relations:
        patterns = "<br>".join(f"{head} → {tail}" for head, tail in relation.patterns)
        asserted = "yes" if relation.asserted else ""
        lines.append(f"| {relation.name} | {patterns} | {relation.doc} | {asserted} |")
    lines += [
        "",
        "An asserted edge is a view of its Assertion and lives while a SUPPORTED_BY does; one that "
        "only imputation supports exists where `CATALOGRAPH_INGEST__IMPUTED` is `show`. After "
        "`catalograph resolve compress`, a fact that one record alone asserts, by a column and in "
        "the run that wrote the record, has no Assertion: its edge has these properties, and its "
        "record is the one Source that DESCRIBES the head.",
        "",
        *_property_table(ONTOLOGY.facts[0].properties),
    ]
    for relation in ONTOLOGY.relations:
        if relation.properties and not relation.asserted:
            lines += ["", f"### {relation.name}", "", *_property_table(relation.properties)]
    lines += ["", "## What is learned", "", _LEARNED, "", *_list_learned()]
    lines += ["", "### What reads it", "", _READERS, "", *_list_readers()]
    lines += ["", "## Reasons", "", _REASONS, "", *_list_templates()]
    lines += ["", "## Constraints and indexes", "", "```cypher"]
    lines += [f"{text};" for step in MIGRATIONS for text in step.statements]
    return "\n".join([*lines, "```", ""])


_LEARNED = """\
What `catalograph embed` writes. Each kind has two slots, `a` and `b`; the live `Model` of a kind
says which one to read (`slot`, `property`, `index`); take it in the statement that reads. Vectors
of products and of passages have a cosine index each, made at the first publish."""


def _list_learned() -> Iterator[str]:
    """Yield the place in the graph where each kind of model is stored."""
    yield "| kind | what for | nodes | where |"
    yield "|---|---|---|---|"
    for kind in MODEL_KINDS.values():
        properties = [f"`{name}`" for slot in SLOTS for name in kind.properties(slot)]
        edges = [f"`{relation}` edges with their `slot`" for relation in kind.relations]
        where = ", ".join([*edges, *properties])
        yield f"| {kind.name} | {kind.purpose} | {', '.join(kind.labels)} | {where} |"


_READERS = """\
Evaluations and reports are left out; statements of analysts can use every kind. *Other kinds* learn
from it. *Recommendations* by text vectors are a part of the weights of `preference`."""


def _list_readers() -> Iterator[str]:
    """Yield what reads the output of each kind of model."""
    every = {reader.use for kind in MODEL_KINDS.values() for reader in kind.readers}
    uses = [use for use in get_args(Use) if use in every]
    yield f"| kind | {' | '.join(uses)} | what it lost against |"
    yield f"|---|{'---|' * len(uses)}---|"
    for kind in MODEL_KINDS.values():
        read = {reader.use for reader in kind.readers}
        marks = ["yes" if use in read else "" for use in uses]
        yield f"| {kind.name} | {' | '.join(marks)} | {kind.lost} |"


_REASONS = """\
Templates of the reasons of recommendations. Relations bring their own texts; a relation without
texts gets general ones. `template` and `arguments` of a reason name them for texts in other
languages."""


def _list_templates() -> Iterator[str]:
    """Yield the texts of every template."""
    from catalograph.api.reason_texts import all_templates

    yield "| template | English | Chinese |"
    yield "|---|---|---|"
    for key, wording in all_templates():
        yield f"| `{key}` | {wording.en} | {wording.zh} |"


_SETTINGS = """\
Lists are written as JSON, such as `'["https://shop.example.com"]'`. A variable that begins with
`CATALOGRAPH_` and is not in this table is refused, with the nearest name, and so is one that is set
but empty. Only the variables that Kubernetes sets for a Service are ignored."""


def settings() -> str:
    """Return the settings as Markdown."""
    lines = [
        "# Settings",
        "",
        "Environment variables, read once at the start. Made by `make docs`.",
        "",
        _SETTINGS,
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for path, info in setting_fields(Settings):
        default = "" if info.default_factory else _default(info.default)
        lines.append(f"| `{variable_name(path)}` | {default} | {info.description} |")
    return "\n".join([*lines, ""])


def error_tree() -> str:
    """Return the error tree as Markdown."""
    lines = ["# Errors", "", "Made by `make docs`.", "", inspect.getdoc(errors) or "", ""]
    return "\n".join(lines)


def commands() -> str:
    """Return every command with its help, as Markdown."""
    lines = [
        "# Commands",
        "",
        "Made by `make docs`. Every command also has `--help`.",
        "",
        *_exits(),
    ]
    for path, command in _commands(typer.main.get_command(app), ("catalograph",)):
        context = command.context_class(command, info_name=" ".join(path))
        usage = " ".join(command.collect_usage_pieces(context))
        help_text = inspect.cleandoc(command.help or "").replace("\n\n", "\n")
        lines += ["", f"## {' '.join(path)}", "", help_text, "", f"`{' '.join(path)} {usage}`", ""]
        records = [p.get_help_record(context) for p in command.get_params(context)]
        lines += [f"- `{r[0]}`: {r[1]}" for r in records if r and r[0] != "--help"]
    return "\n".join([*lines, ""])


def _exits() -> Iterator[str]:
    """Yield the options and exit codes that all commands share."""
    yield (
        "`catalograph --version` prints the version; `catalograph --install-completion` lets the "
        "shell complete commands and options. With `--json` a command prints one JSON object on "
        "standard output; progress and remarks go to standard error."
    )
    yield from ("", "| exit code | meaning |", "|---|---|")
    yield from (f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())


def _property_table(properties: tuple[PropertySpec, ...]) -> list[str]:
    if not properties:
        return ["No further properties."]
    rows = [
        f"| {f'**{p.name}**' if p.required else p.name} | `{p.type}` | {p.doc} |"
        for p in properties
    ]
    return ["| property | type | meaning |", "|---|---|---|", *rows]


def _default(value: object) -> str:
    if value is None or isinstance(value, SecretStr):
        return "unset"
    return f"`{value}`"


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    # Typer has its own copy of click, so a group is known by its attributes, not by its class.
    if hasattr(command, "commands"):
        for name, child in sorted(command.commands.items()):
            yield from _commands(child, (*path, name))
    else:
        yield path, command


def main() -> None:
    """Write every generated page of the repository in the current folder."""
    for name, text in pages().items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"wrote {name}")


if __name__ == "__main__":
    main()
