"""`catalograph review`: uncertain values and pairs of products, and people's decisions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from catalograph.ingest.resolve.pair_review import PairReview
    from catalograph.ingest.review_queue import ReviewItem, ReviewQueue
    from catalograph.settings import Settings
    from catalograph.store import Writer

_Ids = Annotated[list[str], typer.Argument(help="Ids as `catalograph review` lists them.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_PAIR = "cluster:"
"""Start of the key of a pair; ids of values have no colon."""

_app = typer.Typer(
    help="Look at values and pairs of products that were set aside, and decide.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="review")


@_app.callback()
def waiting(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    attribute: Annotated[str | None, typer.Option(help="Of this attribute only.")] = None,
    as_json: _AsJson = False,
) -> None:
    """List what waits for a decision, least certain first: values, and pairs of products."""
    if context.invoked_subcommand is not None:
        return
    from catalograph.cli.output import print_json, print_table
    from catalograph.cli.pairs import print_pairs
    from catalograph.schema.suggest import did_you_mean

    with _open_queue(_settings()) as queue:
        doubts, total, known = queue.pending(limit, attribute), queue.count(), queue.attributes()
    if attribute is not None and attribute not in known:
        near = did_you_mean(attribute, known)
        typer.echo(f"No value of the attribute '{attribute}' waits.{near}", err=True)
    pairs, pairs_waiting = _read_pairs(limit) if attribute is None else ([], 0)
    if as_json:
        body = {"waiting": total, "values": doubts}
        print_json(body | {"pairs_waiting": pairs_waiting, "pairs": pairs})
        return
    print_table(
        f"{total:,} values wait for a decision",
        ["id", "product", "attribute", "value", "confidence", "in the text"],
        [
            [
                d.id,
                d.product,
                _attribute(d),
                d.finding.name,
                round(d.finding.confidence, 2),
                _format_item(d),
            ]
            for d in doubts
        ],
    )
    if pairs:
        print_pairs(pairs, pairs_waiting)


@_app.command()
def accept(ids: _Ids, as_json: _AsJson = False) -> None:
    """Write these values into the graph; join these pairs of products."""
    _decide(ids, accept=True, as_json=as_json)


@_app.command()
def reject(ids: _Ids, as_json: _AsJson = False) -> None:
    """Never write these values, drop written ones, keep these pairs apart, nor ask again."""
    _decide(ids, accept=False, as_json=as_json)


@_app.command()
def export(
    file: Annotated[Path, typer.Argument(help="JSONL to write; `train extractor` reads it.")],
    as_json: _AsJson = False,
) -> None:
    """Write all decisions about values as training rows; `resolve export` writes those of pairs."""
    import orjson

    from catalograph.cli.output import print_json

    with _open_queue(_settings()) as queue:
        rows = list(queue.training_rows())
    file.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
    if as_json:
        print_json({"file": str(file), "rows": len(rows)})
        return
    typer.echo(f"{len(rows):,} training rows in {file}")


def _decide(ids: list[str], *, accept: bool, as_json: bool) -> None:
    from catalograph.cli.output import print_json
    from catalograph.cli.pairs import print_decisions
    from catalograph.ingest.resolve.pair_review import decide_pairs
    from catalograph.store import open_store

    settings = _settings()
    pairs = [id_ for id_ in ids if id_.startswith(_PAIR)]
    values = [id_ for id_ in ids if not id_.startswith(_PAIR)]
    body: dict[str, Any] = {"accepted": accept}
    with _open_queue(settings) as queue, open_store(settings) as store:
        report = decide_pairs(store.connection, pairs, accept=accept) if pairs else None
        if values:
            body |= _decide_values(queue, store, values, accept=accept)
    if as_json:
        print_json(body | ({"pairs": report} if report else {}))
        return
    if report:
        print_decisions(report, accept=accept)
    if values:
        word = "accepted" if accept else "rejected"
        typer.echo(f"{body['decided']:,} {word}, {body['waiting']:,} left.")


def _decide_values(
    queue: "ReviewQueue", store: "Writer", ids: list[str], *, accept: bool
) -> dict[str, Any]:
    from catalograph.ingest.review_queue import accepted_record, rejected_facts

    chosen = queue.decide(ids, accept=accept)
    # All of a product's accepted values are one record, so that a decision can be revoked.
    products = queue.list_decisions(sorted({d.product for d in chosen}))
    run = store.start_run("review")
    counts = store.write_records(
        [accepted_record(product, doubts) for product, doubts in products.items()], run
    )
    dropped = 0 if accept else store.drop_facts(rejected_facts(chosen), run)
    store.finish_run(run, {"decided": len(chosen), "written": counts.written, "dropped": dropped})
    return {"run": run, "decided": len(chosen), "dropped": dropped, "waiting": queue.count()}


def _read_pairs(limit: int) -> "tuple[list[PairReview], int]":
    """Return pairs that wait, and how many do; none, with a note, where no graph answers."""
    from catalograph.errors import StoreUnavailableError
    from catalograph.ingest.resolve.pair_review import count_pair_reviews, list_pair_reviews
    from catalograph.store import connect

    try:
        with connect(_settings()) as connection:
            return list_pair_reviews(connection, limit), count_pair_reviews(connection)
    except StoreUnavailableError as exc:
        typer.echo(f"Pairs of products are not shown: {exc}", err=True)
        return [], 0


def _attribute(d: "ReviewItem") -> str:
    from catalograph.ingest.extract.findings import PROPOSAL

    new = d.finding.extractor == PROPOSAL
    return f"{d.finding.attribute} (new)" if new else d.finding.attribute


def _format_item(d: "ReviewItem") -> str:
    start, end = d.finding.span.start, d.finding.span.end
    before, after = d.text[max(0, start - 30) : start], d.text[end : end + 30]
    return f"{before}»{d.text[start:end]}«{after}"


def _settings() -> "Settings":
    from catalograph.settings import load_settings

    return load_settings()


def _open_queue(settings: "Settings") -> "ReviewQueue":
    from catalograph.ingest.review_queue import open_review_queue

    return open_review_queue(settings)
