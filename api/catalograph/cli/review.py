"""`catalograph review`: what waits for a decision of a person, and people's decisions."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli.options import Json

if TYPE_CHECKING:
    from catalograph.ingest.review.desk import GraphReviewDesk
    from catalograph.schema.review import ReviewCase
    from catalograph.store import Connection

_Ids = Annotated[list[str], typer.Argument(help="Ids as `catalograph review` lists them.")]
Reviewer = Annotated[
    str | None,
    typer.Option("--reviewer", help="Who decides; default: the name of this machine's user."),
]
"""Option of all commands that decide."""
_PAIR = "cluster:"
"""Start of the key of a pair; ids of items have no colon."""
_AROUND = 30

_app = typer.Typer(
    help="Look at what waits for a decision of a person, and decide.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="review")


@_app.callback()
def waiting(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many to show.")] = 20,
    kind: Annotated[
        str | None,
        typer.Option(help="Of this kind only: value, pair, plausibility, imputed or text."),
    ] = None,
    attribute: Annotated[str | None, typer.Option(help="Of this attribute only.")] = None,
    category: Annotated[str | None, typer.Option(help="Of this category only.")] = None,
    as_json: Json = False,
) -> None:
    """List what waits for a decision, least certain first."""
    if context.invoked_subcommand is not None:
        return
    from catalograph.cli.output import print_json
    from catalograph.schema.review import ReviewFilter, ReviewState
    from catalograph.schema.suggest import did_you_mean

    with open_desk(read_only=True) as (desk, _):
        chosen = ReviewFilter(kind, category, attribute)
        page = desk.list_cases(chosen, ReviewState.WAITING, limit, None)
        progress = desk.read_progress()
    known = [facet.name for facet in progress.attributes]
    if attribute is not None and attribute not in known:
        near = did_you_mean(attribute, known)
        typer.echo(f"No value of the attribute '{attribute}' waits.{near}", err=True)
    if as_json:
        counts = {count.kind or "all": count.waiting for count in progress.counts}
        print_json({"waiting": counts, "items": [describe_case(case) for case in page.cases]})
        return
    print_cases(f"{page.total:,} wait for a decision", page.cases)


@_app.command()
def accept(ids: _Ids, reviewer: Reviewer = None, as_json: Json = False) -> None:
    """Say that these are right: values are written, pairs joined, texts preferred."""
    decide(ids, "accept", reviewer=reviewer, as_json=as_json)


@_app.command()
def reject(ids: _Ids, reviewer: Reviewer = None, as_json: Json = False) -> None:
    """Say that these are wrong: values go for good, pairs stay apart; nobody is asked again."""
    decide(ids, "reject", reviewer=reviewer, as_json=as_json)


@_app.command()
def correct(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Id of a value.")],
    value: Annotated[str, typer.Argument(help="The right value.")],
    reviewer: Reviewer = None,
    as_json: Json = False,
) -> None:
    """Say that a value is wrong, and what is right."""
    decide([id_], "correct", value, reviewer=reviewer, as_json=as_json)


@_app.command()
def undo(ids: _Ids, reviewer: Reviewer = None, as_json: Json = False) -> None:
    """Take your decisions back, with what they changed in the graph."""
    from catalograph.cli.output import print_json

    with open_desk() as (desk, connection):
        cases = desk.undo(_keys_of(connection, ids), reviewer or _user())
    if as_json:
        print_json({"undone": len(cases), "items": [describe_case(case) for case in cases]})
        return
    typer.echo(f"{len(cases):,} decisions taken back.")


@_app.command()
def progress(as_json: Json = False) -> None:
    """Count what waits and what is decided, and tell how far reviewers agree."""
    from catalograph.cli.output import print_json, print_table

    with open_desk(read_only=True) as (desk, _):
        found = desk.read_progress()
    if as_json:
        print_json(found)
        return
    print_table(
        "Review",
        ("kind", "waiting", "claimed", "second", "decided", "disputed"),
        [(c.kind or "all", c.waiting, c.claimed, c.second, c.decided, c.disputed)
         for c in found.counts],
    )  # fmt: skip
    print_table(
        "Agreement of two reviewers",
        ("kind", "items", "equal", "kappa"),
        [
            (a.kind or "all", a.items, _share(a.share), "" if a.kappa is None else f"{a.kappa:.2f}")
            for a in found.agreement
        ],
    )
    for facet in found.reviewers:
        typer.echo(f"{facet.count:,} decisions by {facet.name}")


@_app.command()
def export(
    file: Annotated[Path, typer.Argument(help="JSONL to write; `train extractor` reads it.")],
    as_json: Json = False,
) -> None:
    """Write all decisions about values as training rows; `resolve export` writes those of pairs."""
    import orjson

    from catalograph.cli.output import print_json

    with open_desk(read_only=True) as (desk, _):
        rows = list(desk.queue.training_rows())
    file.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
    if as_json:
        print_json({"file": str(file), "rows": len(rows)})
        return
    typer.echo(f"{len(rows):,} training rows in {file}")


def decide(
    ids: list[str],
    verdict: str,
    correction: str | None = None,
    *,
    reviewer: str | None,
    as_json: bool,
) -> None:
    """Record decisions by ids of items or keys of pairs, and print what they changed."""
    from catalograph.cli.output import print_json
    from catalograph.cli.pairs import describe_pairs, print_pair_decisions
    from catalograph.schema.review import ReviewDecisionRequest, ReviewVerdict

    with open_desk() as (desk, connection):
        keys = _keys_of(connection, ids)
        requests = [ReviewDecisionRequest(key, ReviewVerdict(verdict), correction) for key in keys]
        cases = desk.decide(requests, reviewer or _user())
        pairs = describe_pairs(connection, [case for case in cases if case.kind == "pair"])
        [*_, all_] = desk.read_progress().counts
    body: dict[str, Any] = {"verdict": verdict, "decided": len(cases), "waiting": all_.waiting}
    if as_json:
        print_json(body | pairs | {"items": [describe_case(case) for case in cases]})
        return
    typer.echo(f"{len(cases):,} {_DONE[verdict]}, {all_.waiting:,} left.")
    print_pair_decisions(pairs)


def describe_case(case: "ReviewCase") -> dict[str, Any]:
    """Return an item as JSON."""
    from dataclasses import asdict

    said = asdict(case)
    said["id"] = said.pop("key").partition(":")[2]
    said["notes"] = [note.en for note in case.notes]
    return said


def print_cases(title: str, cases: "tuple[ReviewCase, ...]") -> None:
    """Print items that wait."""
    from catalograph.cli.output import print_table

    print_table(
        title,
        ("id", "kind", "about", "proposed", "confidence", "why"),
        [
            (
                case.key.partition(":")[2],
                case.kind,
                "\n".join(f"{side.key}: {side.title[:60]}" for side in case.sides) or case.subject,
                _proposal(case),
                f"{case.confidence:.2f}",
                "\n".join([_evidence(case), *(note.en for note in case.notes)]).strip(),
            )
            for case in cases
        ],
    )


@contextmanager
def open_desk(*, read_only: bool = False) -> "Iterator[tuple[GraphReviewDesk, Connection]]":
    """Open the review queue of the graph of the settings."""
    from catalograph.ingest.review.desk import GraphReviewDesk
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    settings = load_settings()
    with open_store(settings, read_only=read_only) as store:
        yield GraphReviewDesk(settings, store.connection), store.connection


_DONE = {"accept": "accepted", "reject": "rejected", "correct": "corrected"}


def _keys_of(connection: "Connection", ids: list[str]) -> list[str]:
    """Return keys of items; a pair may be named by the key of its cluster, too."""
    from catalograph.ingest.resolve.pair_review import find_pair
    from catalograph.ingest.review.pairs import pair_item_key
    from catalograph.store.queries.review_queue import item_key

    return [
        pair_item_key(find_pair(connection, id_).products)
        if id_.startswith(_PAIR)
        else item_key(id_.removeprefix("review-item:"))
        for id_ in ids
    ]


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "command line"


def _proposal(case: "ReviewCase") -> str:
    return ": ".join(part for part in (case.attribute, case.proposed) if part)


def _evidence(case: "ReviewCase") -> str:
    if case.text is None:
        return ", ".join(f"{f.name} {f.value:.2f}" for f in case.features if f.value is not None)
    if case.start is None or case.end is None:
        return case.text
    start, end = case.start, case.end
    before, after = case.text[max(0, start - _AROUND) : start], case.text[end : end + _AROUND]
    return f"{before}»{case.text[start:end]}«{after}"


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"
