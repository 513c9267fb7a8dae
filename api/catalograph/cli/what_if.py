"""`catalograph what-if`: a list with an event or a fact added or removed."""

from pathlib import Path
from typing import Annotated, Any

import typer

_MODEL = typer.Option(..., "--model", metavar="FOLDER", help="A model that was kept.")
_EVENTS = typer.Option("", "--user-events", metavar="KEYS", help="Products of the user's events.")
_ITEMS = typer.Option([], "--item", metavar="KEY", help="Tell about this product, too; repeatable.")
_NEW = typer.Option(False, "--new-user", help="The model did not learn from this user.")
_FACT = "PRODUCT,RELATION,TAIL"


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("what-if")(what_if)


def what_if(
    model: Path = _MODEL,
    user_events: str = _EVENTS,
    remove_event: list[str] = typer.Option([], metavar="KEY", help="Event to take out."),
    add_event: list[str] = typer.Option([], metavar="KEY", help="Event to put in."),
    remove_fact: list[str] = typer.Option([], metavar=_FACT, help="Fact to take out."),
    add_fact: list[str] = typer.Option([], metavar=_FACT, help="Fact to put in."),
    item: list[str] = _ITEMS,
    top: int = typer.Option(10, min=1, help="Length of the lists."),
    new_user: bool = _NEW,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Score for a user as a refit with some entries changed would, without the refit.

    Options of events and facts may be repeated. Keys are separated by commas.
    """
    import time

    import numpy as np

    from catalograph.embed.recommend import checkpoint, item_lookup
    from catalograph.embed.recommend import what_if as library

    begun = time.perf_counter()
    fitted = checkpoint.load_model(model)

    def events(keys: list[str]) -> list[library.Event | library.ItemFact]:
        return [library.Event(one) for key in keys for one in item_lookup.items_named(fitted, key)]

    answer = library.what_if(
        fitted,
        np.array(item_lookup.items_named(fitted, user_events), np.int64),
        remove=[*events(remove_event), *item_lookup.facts_named(fitted, remove_fact)],
        add=[*events(add_event), *item_lookup.facts_named(fitted, add_fact)],
        items=[one for key in item for one in item_lookup.items_named(fitted, key)],
        k=top,
        learned=not new_user,
    )
    keys = {place.item: item_lookup.item_name(fitted, place.item) for place in answer.standings}
    _print(answer, keys, time.perf_counter() - begun, as_json=as_json)


def _print(answer: Any, keys: dict[int, str], seconds: float, *, as_json: bool) -> None:
    from catalograph.cli.output import print_json, print_table

    rows = [
        {
            "key": keys[place.item],
            "score_before": place.score_before,
            "score_after": place.score_after,
            "rank_before": place.rank_before,
            "rank_after": place.rank_after,
        }
        for place in answer.standings
    ]
    if as_json:
        told = {"method": answer.method, "rank": answer.rank, "seconds": round(seconds, 3)}
        print_json({"command": "what-if", **told, "items": rows})
        return
    table = [
        (
            row["key"],
            f"{row['score_before']:.4f}",
            f"{row['score_after']:.4f}",
            row["rank_before"] or "own",
            row["rank_after"] or "own",
        )
        for row in rows
    ]
    columns = ("product", "score before", "after", "rank before", "after")
    print_table(f"What if, by {answer.method} in {seconds:.2f} s", columns, table)
