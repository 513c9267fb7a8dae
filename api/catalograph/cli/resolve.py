"""`catalograph resolve`: entity resolution of products; nothing is merged for good."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli.review import Reviewer, decide

if TYPE_CHECKING:
    from catalograph.ingest.resolve.canonical_view import Compression
    from catalograph.ingest.resolve.llm_matcher import PairJudge
    from catalograph.ingest.resolve.rules import PairScorer
    from catalograph.ingest.resolve.run import ResolveReport
    from catalograph.store import Connection
    from catalograph.store.ledger.inline_supports import InlineReport

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Pairs = Annotated[
    list[str], typer.Argument(metavar="PAIR", help="Keys that `resolve list --undecided` names.")
]
_Key = Annotated[str, typer.Argument(metavar="CLUSTER|PRODUCT", help="Key of either.")]

commands = typer.Typer(
    name="resolve",
    help="Find products that are one and the same, keep them in clusters, take these apart.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(commands)


@commands.command()
def run(
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            help="Folder of `catalograph train matcher`, or of `train multitask`.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Compare all products, not only changed ones.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    neighbours: Annotated[
        int, typer.Option(min=1, help="Like products that each index proposes.")
    ] = 10,
    judge: Annotated[
        bool, typer.Option("--judge", help="Ask the language model about the grey band.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Compare products that changed since the last time with those that they may be.

    Without a model, equal GTINs, or equal model numbers of one brand, make products one; titles
    that say nearly the same are set aside.
    """
    from catalograph.cli.output import print_json
    from catalograph.ingest.resolve.run import ResolveOptions, resolve

    options = ResolveOptions(everything, dry_run, neighbours)
    asked = _judge() if judge else None
    with _graph(read_only=dry_run) as connection:
        report = resolve(connection, _scorer(model), asked, options)
    if as_json:
        print_json(report)
    else:
        _tell(report)


@commands.command("list")
def list_(
    kind: Annotated[
        str, typer.Option("--kind", help="same, apart, aside or together (by decision).")
    ] = "same",
    undecided: Annotated[
        bool, typer.Option("--undecided", help="Pairs that wait for a decision, and why.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """List clusters: of products that are the same, that are not, or that wait for a decision."""
    from catalograph.cli.output import print_json, print_table
    from catalograph.errors import InvalidInputError
    from catalograph.store.queries.resolve import (
        ClusterKind,
        list_clusters,
    )

    if kind not in set(ClusterKind):
        raise InvalidInputError(
            f"There is no kind '{kind}'; expected same, apart, aside or together."
        )
    if undecided:
        _list_undecided(as_json=as_json)
        return
    with _graph(read_only=True) as connection:
        found = list_clusters(connection, ClusterKind(kind))
    if as_json:
        print_json({"kind": kind, "clusters": [{"key": k, "members": m} for k, m in found]})
    else:
        print_table(f"{len(found):,} clusters", ["cluster", "products"], [
            [key, "\n".join(members)] for key, members in found
        ])  # fmt: skip


@commands.command()
def show(key: _Key, as_json: _Json = False) -> None:
    """Show all that the members of a cluster say, who says it, and what is likeliest."""
    from catalograph.cli.output import print_json, print_table
    from catalograph.ingest.resolve.canonical_view import view_cluster

    with _graph(read_only=True) as connection:
        view = view_cluster(connection, key)
    if as_json:
        print_json(view)
        return
    members = [[m.product, f"{m.score:.3f}", m.method] for m in view.cluster.members]
    print_table(view.cluster.key, ["product", "score", "method"], members)
    rows = [
        [
            name if place == 0 else "",
            value.value[:80],
            ", ".join(value.sources),
            "" if value.confidence is None else f"{value.confidence:.3f}",
            "*" if value.chosen else "",
        ]
        for name, values in view.properties.items()
        for place, value in enumerate(values)
    ]
    print_table("What they say", ["property", "value", "sources", "confidence", "taken"], rows)
    for source, trust in view.trust.items():
        typer.echo(f"trust in {source}: {trust:.3f}")


@commands.command()
def accept(pairs: _Pairs, reviewer: Reviewer = None, as_json: _Json = False) -> None:
    """Join pairs that were set aside; later runs keep that. `review accept` does the same."""
    decide(pairs, "accept", reviewer=reviewer, as_json=as_json)


@commands.command()
def reject(pairs: _Pairs, reviewer: Reviewer = None, as_json: _Json = False) -> None:
    """Keep pairs that were set aside apart for good. `review reject` does the same."""
    decide(pairs, "reject", reviewer=reviewer, as_json=as_json)


@commands.command()
def export(
    file: Annotated[Path, typer.Argument(help="JSONL to write; `train matcher --train` reads it.")],
    as_json: _Json = False,
) -> None:
    """Write all decisions about pairs, accepted, rejected or unmerged, as training pairs."""
    import orjson

    from catalograph.cli.output import print_json
    from catalograph.ingest.resolve.pair_review import training_pairs

    with _graph(read_only=True) as connection:
        rows = list(training_pairs(connection))
    file.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
    same = sum(row["label"] for row in rows)
    if as_json:
        print_json({"file": str(file), "pairs": len(rows), "same": same})
        return
    typer.echo(f"{len(rows):,} training pairs in {file}, {same:,} of them the same product.")


@commands.command()
def unmerge(key: _Key, as_json: _Json = False) -> None:
    """Take a cluster apart, or one product out of it; later runs keep that."""
    from catalograph.cli.output import print_json
    from catalograph.store.queries.resolve import split_cluster

    with _graph() as connection:
        before, apart = split_cluster(connection, key)
    if as_json:
        print_json({"cluster": before, "apart": apart})
        return
    names = "; ".join(", ".join(cluster.products) for cluster in apart)
    typer.echo(f"{before.key} is taken apart. Never one again: {names}.")


@commands.command()
def compress(
    older_than: Annotated[
        int | None, typer.Option("--older-than", min=0, help="Days after which a value is stale.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Store the facts as before.")] = False,
    as_json: _Json = False,
) -> None:
    """Store facts of one record in less space, and tell what the views of clusters merge.

    A fact that one record alone states keeps its provenance on its edge, without nodes of its own.
    Pages, counts, provenance, withdrawal and roll-back stay the same; statements of your own that
    match `Assertion` see those facts no longer (docs/data-model.md). --undo restores them.

    Values of a cluster that differ only in form count as one. With --older-than, a value that a
    record newer by so many days contradicts is named stale. Both stay with their records.
    """
    from dataclasses import asdict
    from datetime import timedelta

    from catalograph.cli.output import print_json
    from catalograph.errors import InvalidInputError
    from catalograph.ingest.resolve.canonical_view import count_merged_values
    from catalograph.store.ledger.inline_supports import inline_supports, restore_all_assertions

    if dry_run and undo:
        raise InvalidInputError("--dry-run writes nothing and --undo writes. Give one of them.")
    older = None if older_than is None else timedelta(days=older_than)
    with _graph(read_only=dry_run) as connection:
        merged = count_merged_values(connection, older)
        change = restore_all_assertions if undo else inline_supports
        stored = None if dry_run else change(connection)
    if as_json:
        print_json(asdict(merged) | {"store": stored})
        return
    _tell_merged(merged)
    if stored is not None:
        _tell_stored(stored, undo=undo)


def _tell_merged(merged: "Compression") -> None:
    from catalograph.cli.output import print_table

    rows = [[key, name, " = ".join(forms)] for key, name, forms in merged.merged]
    rows += [[key, name, f"stale: {value}"] for key, name, value in merged.stale]
    title = f"{merged.said:,} values said in {merged.clusters:,} clusters, {merged.values:,} left"
    print_table(title, ["cluster", "property", "values"], rows)


def _tell_stored(stored: "InlineReport", *, undo: bool) -> None:
    now = f"now {stored.nodes:,} nodes and {stored.edges:,} edges"
    if undo:
        typer.echo(f"{stored.facts:,} facts have an assertion again: {now}.")
        return
    before = f"{stored.nodes + stored.facts:,} nodes and {stored.edges + stored.facts:,} edges"
    typer.echo(
        f"{stored.facts:,} facts keep their provenance on the edge: {now}, before {before}; about "
        f"{stored.bytes / 2**20:,.1f} MiB less. Neo4j fills this space with what is written next; "
        "its files do not shrink."
    )


def _list_undecided(*, as_json: bool) -> None:
    from catalograph.cli.output import print_json
    from catalograph.cli.pairs import print_pairs
    from catalograph.ingest.resolve.pair_review import list_pair_reviews

    with _graph(read_only=True) as connection:
        pairs = list_pair_reviews(connection)
    if as_json:
        print_json({"waiting": len(pairs), "pairs": pairs})
    else:
        print_pairs(pairs, len(pairs))


def _scorer(model: Path | None) -> "PairScorer | None":
    if model is None:
        return None
    from catalograph.ingest.multitask.model_folder import is_multitask
    from catalograph.ingest.resolve.scorer import TreeScorer, load_encode, load_matcher
    from catalograph.settings import load_settings

    if is_multitask(model):
        from catalograph.ingest.multitask.served import MatchingHead

        return MatchingHead.load(model)
    matcher = load_matcher(model)
    encode = None
    if matcher.uses_text_encoder:
        encode = load_encode(load_settings(), matcher.encoder)
    return TreeScorer(matcher, encode)


def _judge() -> "PairJudge":
    from catalograph.ingest.llm import Gateway
    from catalograph.ingest.resolve.llm_matcher import ModelJudge
    from catalograph.settings import load_settings

    settings = load_settings()
    return ModelJudge(Gateway(settings), settings.llm.concurrency)


def _tell(report: "ResolveReport") -> None:
    from catalograph.cli.output import print_table

    forbidden = ", ".join(f"{name} {n:,}" for name, n in report.forbidden.items()) or "none"
    rows: list[list[Any]] = [
        ["products compared", f"{report.products:,}"],
        ["candidate pairs", f"{report.candidates:,}"],
        ["contradicting pairs", forbidden],
        ["pairs joined", f"{report.linked:,}"],
        ["pairs kept apart by other members", f"{report.refused:,}"],
        ["pairs judged", f"{report.judged:,}"],
        ["pairs set aside", f"{report.set_aside:,}"],
        ["clusters made or changed", f"{report.created:,}"],
        ["clusters taken away or replaced", f"{report.removed:,}"],
        ["seconds", f"{report.seconds:.1f}"],
    ]
    print_table(f"Run {report.run}" if report.run else "Dry run; nothing written", ["", ""], rows)


@contextmanager
def _graph(*, read_only: bool = False) -> "Iterator[Connection]":
    """Open a connection to a graph, and bring its schema up to date unless it is only read."""
    from catalograph.settings import load_settings
    from catalograph.store import connect, migrate, require_schema

    settings = load_settings()
    with connect(settings, read_only=read_only) as connection:
        if read_only:
            require_schema(connection, empty=True)
        else:
            migrate(connection, settings.user_secret_fingerprint)
        yield connection
