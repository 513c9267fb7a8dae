"""`catalograph embed KIND`: one command for each kind of model in the registry.

A command is built when it is asked for: its options stand in the module of its job, which imports
more than `catalograph --help` should.
"""

from collections import UserDict
from collections.abc import Iterator
from inspect import Parameter, Signature, signature
from typing import Any

import typer
from typer.core import TyperGroup

from catalograph.cli.embed_common import Force, Json, run_kinds
from catalograph.cli.options import accept_old_names


class JobGroup(TyperGroup):
    """A group with the commands of all embedding jobs before its own."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _JobCommands(self.commands)


class _JobCommands(UserDict[str, Any]):
    """Commands by name, of which those of jobs are built when they are looked up."""

    def __getitem__(self, name: str) -> Any:
        return build_command(name) if name in _kinds() else self.data[name]

    def __iter__(self) -> Iterator[str]:
        yield from _kinds()
        yield from self.data

    def __contains__(self, name: object) -> bool:
        return name in self.data or name in _kinds()

    def __len__(self) -> int:
        return len(_kinds()) + len(self.data)


def build_command(kind: str) -> Any:
    """Build the command that learns a kind: the options of its job, `--force` and `--json`."""
    from catalograph.embed.jobs import load_job

    job = load_job(kind)

    def learn(**given: Any) -> None:
        force, as_json = given.pop("force"), given.pop("as_json")
        configs = {} if job.configure is None else {kind: job.configure(**given)}
        run_kinds((kind,), force, as_json, configs)

    own = [] if job.configure is None else signature(job.configure).parameters.values()
    shared = [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=False, annotation=option)
        for name, option in (("force", Force), ("as_json", Json))
    ]
    learn.__signature__ = Signature([*own, *shared])  # type: ignore[attr-defined]  # typer reads it
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(kind, help=job.help, cls=accept_old_names(**job.old_options))(learn)
    return typer.main.get_command(single)


def _kinds() -> Any:
    from catalograph.schema.model_kinds import MODEL_KINDS

    return MODEL_KINDS
