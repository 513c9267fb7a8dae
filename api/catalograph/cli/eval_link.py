"""`catalograph eval link`: knowledge graph embeddings, measured by predicting held-out links."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from catalograph.cli.eval_output import JSON, print_rows, say

_FOLDER = typer.Argument(..., metavar="DIR", help="Folder with train, valid and test facts.")
_MODEL = typer.Option("complex", "--model", help="transe, distmult, complex or rotate.")
_MINUTES = typer.Option(60.0, "--minutes", min=0.0, help="Of training and validation together.")
_CHECKPOINT = typer.Option(
    None, "--checkpoint", help="Folder to keep the training in; the same one goes on, time too."
)
_PRESET = typer.Option(
    None, "--preset", help="Named settings. Default: those for the model and the folder's name."
)
_CHANGES = typer.Option(
    None, "--set", help="A setting, as dimension=64 or n3=0.1; may be repeated."
)
_MARGIN = typer.Option(None, "--margin", help="Of the margin and self-adversarial losses.")
_NORM = typer.Option(None, "--norm", help="Of TransE's distance: 1 or 2.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("link")(link)


def link(
    folder: Path = _FOLDER,
    model: str = _MODEL,
    minutes: float = _MINUTES,
    checkpoint: Path | None = _CHECKPOINT,
    preset: str | None = _PRESET,
    changes: list[str] | None = _CHANGES,
    margin: float | None = _MARGIN,
    norm: int | None = _NORM,
    seed: int = typer.Option(0, min=0, help="Of the first vectors, the order and the negatives."),
    device: str = typer.Option("auto", "--device", help="cpu, cuda or auto."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Train on facts, and rank all entities as head and tail of the held-out ones."""
    from catalograph.embed import kge
    from catalograph.evaluation.link import measure_link

    data = kge.read_link_folder(folder)
    named = {"margin": margin, "norm": norm, "seed": seed}
    given = [f"{name}={value}" for name, value in named.items() if value is not None]
    config = kge.choose_config(model, folder.name, preset, [*(changes or ()), *given])
    with kge.process_group(kge.choose_device(device)):
        row = measure_link(
            data, config, minutes=minutes, checkpoint=checkpoint, device=device, progress=_say_epoch
        )
        if kge.is_first():
            print_rows("eval link", [folder], seed, [row], as_json=as_json)


def _say_epoch(entry: Mapping[str, Any]) -> None:
    told = (f"{name} {value:.4g}" for name, value in entry.items() if name != "epoch")
    say(f"epoch {entry['epoch']}: {', '.join(told)}")
