"""`catalograph embed plausibility`: facts to doubt, and how well doubts find planted wrong ones."""

from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.cli.embed_common import Json, open_graph, open_graph_to_read, show_progress

if TYPE_CHECKING:
    from catalograph.embed.facts import DoubtfulFact, PlantedErrorMetrics
    from catalograph.settings import Settings
    from catalograph.store import Connection


def register(group: typer.Typer) -> None:
    """Add this module's commands."""
    group.command("plausibility")(plausibility)


def plausibility(
    below: Annotated[
        float, typer.Option("--below", min=0.0, max=1.0, help="Probability under which to doubt.")
    ] = 0.5,
    expected_wrong: Annotated[
        float, typer.Option("--expected-wrong", help="Share of facts that may be wrong.")
    ] = 0.05,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Doubt what feeds state, too, not only what was extracted."),
    ] = False,
    planted: Annotated[
        float | None,
        typer.Option("--planted", help="Measure instead: this share of facts is made wrong first."),
    ] = None,
    review: Annotated[
        bool,
        typer.Option("--review", help="Put doubtful extracted facts into the review queue."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Facts of products that the rest of the graph speaks against.

    The graph is not changed. With live text vectors, products of like texts are evidence, too.
    """
    from catalograph.embed.facts import (
        PlausibilityConfig,
        alike_products,
        doubts,
        judge_facts,
        measure_planted,
    )
    from catalograph.store import export_snapshot, extracted_assertions

    config = PlausibilityConfig(expected_wrong=expected_wrong)
    opened = open_graph if review else open_graph_to_read
    with opened() as (connection, settings), show_progress() as progress:
        snapshot = export_snapshot(connection)
        alike = alike_products(connection, snapshot)
        device = settings.embed.device or "auto"
        tell = lambda line: progress("plausibility", line)  # noqa: E731
        if planted is not None:
            _print_planted(measure_planted(snapshot, planted, config, alike, device, tell), as_json)
            return
        found = doubts(judge_facts(snapshot, config, alike, device, tell), below)
        if not everything:
            extracted = extracted_assertions(connection)
            found = [doubt for doubt in found if doubt.assertion in extracted]
        waiting = _put_into_review(connection, settings, found) if review else None
    _print_doubts(found, waiting, as_json)


def _put_into_review(
    connection: "Connection", settings: "Settings", found: "list[DoubtfulFact]"
) -> int:
    """Put doubts into the review queue; return how many were not there before."""
    from catalograph.ingest.review.facts import doubted_question
    from catalograph.ingest.review.queue import ReviewQueue
    from catalograph.schema.keys import assertion_key
    from catalograph.store.models.imputed import read_extracted_facts

    probability = {doubt.assertion: doubt.probability for doubt in found}
    questions = [
        doubted_question(
            fact, probability[assertion_key(fact.product, fact.relation, fact.tail.key)]
        )
        for fact in read_extracted_facts(connection, list(probability))
    ]
    queue = ReviewQueue(settings, connection)
    return queue.put([question for question in questions if question is not None])


def _print_doubts(found: "list[DoubtfulFact]", waiting: int | None, as_json: bool) -> None:
    from catalograph.cli.output import print_json, print_table

    if as_json:
        print_json({"doubts": found} | ({} if waiting is None else {"new_in_review": waiting}))
        return
    rows = [(d.head, d.relation, d.tail, f"{100 * d.probability:.0f} %") for d in found]
    print_table("Doubtful facts", ("product", "relation", "tail", "right with"), rows)
    if waiting is not None:
        typer.echo(f"{waiting:,} of them are new in the review queue: catalograph review")


def _print_planted(found: "list[PlantedErrorMetrics]", as_json: bool) -> None:
    from catalograph.cli.output import print_json, print_table

    if as_json:
        print_json({"planted": found})
        return
    rows = [
        (
            row.relation,
            row.facts,
            row.wrong,
            f"{row.auc:.3f}",
            f"{row.precision:.3f}",
            f"{row.flagged_wrong} of {row.flagged}",
            f"{row.calibration_error:.3f}",
        )
        for row in found
    ]
    columns = (
        "relation",
        "facts",
        "wrong",
        "AUC",
        "precision",
        "doubts right",
        "calibration error",
    )
    print_table("Planted wrong facts", columns, rows)
