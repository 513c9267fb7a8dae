"""`catalograph eval private`: what privacy costs, and what attackers learn before and after."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from catalograph.cli.eval_output import JSON, print_rows, print_scenarios, say

if TYPE_CHECKING:
    from catalograph.ml.profiling import BenchmarkRow

_EPSILON = typer.Option("1,2,4,8", "--epsilon", help="ε of the releases, with commas between.")
_DELTA = typer.Option(1e-6, "--delta", help="δ, less than one in the number of shoppers.")
_SEEDS = typer.Option(5, "--seeds", min=2, max=10, help="Seeds of the noise and of validation.")
_USERS = typer.Option(3_000, "--users", min=0, help="Test users at most; 0 for all.")
_ATTACKS = typer.Option(True, "--attacks/--no-attacks", help="Whether to attack the models, too.")
_FLOOR = typer.Option(
    "5", "--floors", help="Shoppers that parts of published weights must rest on; with commas."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("private")(private)
    group.command("private-ranker")(private_ranker)


def private(
    folder: Path = typer.Argument(..., metavar="DIR", help="Folder as for `eval recommend`."),
    epsilon: str = _EPSILON,
    delta: float = _DELTA,
    seeds: int = _SEEDS,
    k: int = typer.Option(10, min=1, help="Length of the lists."),
    users: int = _USERS,
    floors: str = _FLOOR,
    attacks: bool = _ATTACKS,
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Measure lists by private counts for each ε, with all relations and with few, and attacks."""
    from catalograph.embed import recommend as library
    from catalograph.evaluation.private.attacks import AttackOptions
    from catalograph.evaluation.private.rows import PrivateOptions, evaluate_private

    options = PrivateOptions(
        epsilons=_numbers(epsilon, "--epsilon"),
        delta=delta,
        seeds=seeds,
        k=k,
        users=users,
        floors=tuple(int(fewest) for fewest in _numbers(floors, "--floors")),
        attacks=AttackOptions() if attacks else None,
    )
    rows = evaluate_private(library.read_folder(folder), options, on_row=_say_row, progress=say)
    if as_json:
        print_rows("eval private", [folder], 0, rows, as_json=True)
        return
    groups: dict[tuple[str, ...], list[Any]] = {}
    for row in rows:
        groups.setdefault(tuple(row.metrics), []).append(row)
    for group in groups.values():
        print_scenarios("eval private", [folder], 0, group, as_json=False)


def private_ranker(
    catalog: Path = typer.Argument(..., metavar="CATALOG", help="Products as JSON lines."),
    qrels: Path = typer.Argument(..., metavar="QRELS", help="Judged products of queries, TSV."),
    epsilon: str = _EPSILON,
    delta: float = _DELTA,
    shoppers: str = typer.Option("500,2000,10000", help="Numbers of shoppers, with commas."),
    seeds: int = typer.Option(5, min=1, help="Seeds of the shoppers and the noise."),
    validation: bool = typer.Option(
        False, "--validation", help="Use the first half of the queries alone, to choose settings."
    ),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Rank products by a second stage that learned privately from simulated clicks, for each ε."""
    from catalograph.evaluation.private.search_ranking import (
        SimulationOptions,
        evaluate_private_ranker,
    )
    from catalograph.ml.encoders import load_encoder
    from catalograph.settings import load_settings

    options = SimulationOptions(
        _numbers(epsilon, "--epsilon"),
        delta,
        tuple(int(number) for number in _numbers(shoppers, "--shoppers")),
        seeds,
        validation,
    )
    encoder = load_encoder(load_settings())
    rows = evaluate_private_ranker(catalog, qrels, encoder, options, on_row=_say_row)
    print_scenarios("eval private-ranker", [catalog, qrels], seeds, rows, as_json=as_json)


def _numbers(text: str, option: str) -> tuple[float, ...]:
    """Return the numbers of a list with commas; none of an empty text."""
    try:
        found = tuple(float(word) for word in text.split(",") if word.strip())
    except ValueError:
        raise typer.BadParameter(
            f"'{text}' is no list of numbers such as 1,2,4.", param_hint=option
        ) from None
    if any(not 0 < number < float("inf") for number in found):
        raise typer.BadParameter(f"'{text}' has a number that is not above 0.", param_hint=option)
    return found


def _say_row(row: "BenchmarkRow") -> None:
    name, value = next(iter(row.metrics.items()), ("nothing", 0.0))
    say(f"{row.model}: {name} {value:.4f} in {row.seconds:.1f} s")
