"""The steps of `catalograph demo`, each by the library function that a real run would use.

The catalogue is real, the shoppers are simulated. The graph, the events and the server's data stay
in `home`/demo, a folder for each choice of options, so a second run finds everything unchanged.
"""

import asyncio
import gzip
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from catalograph.cli import demo_grocery
from catalograph.cli.demo_lists import (
    LIST_LENGTH,
    ListQuality,
    ShownShopper,
    first_buyers,
    measure_lists,
    popular_lists,
    served_rankings,
    shown_shoppers,
)
from catalograph.cli.example_data import example_file
from catalograph.embed.jobs import DEFAULT_KINDS, run_jobs
from catalograph.errors import StoreError
from catalograph.ingest import CatalogMapping, IngestReport, find_mapping
from catalograph.ingest.extraction_stage import ExtractionStage
from catalograph.ingest.language.relations import RelationReader
from catalograph.ingest.run import ingest_catalog, ingest_events
from catalograph.ingest.simulator import (
    FEED_NAME,
    SOURCE,
    ShopProduct,
    Simulation,
    events_mapping,
    read_shop,
    simulate,
    write_events,
)
from catalograph.ingest.text_extractors.combined import ExtractorReader
from catalograph.schema import keys
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    Writer,
    connect,
    migrate,
)
from catalograph.store.managed_server import assemble, child_server, demo_folder
from catalograph.store.queries.api_queries import Ranking

Say = Callable[[str], None]
"""Callback that receives the current step in a few words."""
Done = TypeVar("Done")

_PAUSES = (2, 5, 15, 30)
"""Pauses before retries, in seconds; a killed Neo4j restarts within them, on a busy machine too."""


@dataclass(frozen=True)
class DemoConfig:
    """Options of the demo.

    Attributes:
        shoppers: number of simulated shoppers.
        seed: seed of the simulation.
        products: number of the catalogue's products to use, None for all.
    """

    shoppers: int = 500
    seed: int = 7
    products: int | None = None

    def folder(self, settings: Settings) -> Path:
        """Return the folder of this demo's data."""
        name = f"{self.products or 'all'}-products-{self.shoppers}-shoppers-seed-{self.seed}"
        return demo_folder(settings, name)


@dataclass(frozen=True)
class DemoStep:
    """One step: its result, in words and in numbers."""

    step: str
    result: str
    seconds: float
    counts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DemoReport:
    """All results of the demo."""

    seed: int
    simulated_shoppers: int
    folder: str
    steps: tuple[DemoStep, ...]
    shoppers: tuple[ShownShopper, ...]
    found: tuple[ListQuality, ...]
    offered: tuple[str, ...]
    """Keys of the shoppers that the Studio offers to look at."""


@contextmanager
def demo_server(
    settings: Settings, config: DemoConfig, say: Say
) -> Iterator[tuple[Settings, DemoStep, str]]:
    """Run a server for the demo as long as the context lasts.

    Yields:
        Settings of the server, the step that started it, and the address of its browser.
    """
    begun = time.perf_counter()
    if settings.neo4j.uri is not None:
        yield settings, _step("Neo4j", f"the server at {settings.neo4j.uri}", begun), ""
        return
    assemble(settings, progress=lambda done, total: say(f"fetching Neo4j: {done} of {total}"))
    say("starting Neo4j")
    with child_server(settings, config.folder(settings) / "server") as server:
        info = server.info
        result = f"started at {info.uri}; ends with this command, its data stays"
        browser = f"{info.browser_url} (user {info.user}, password in {info.password_file})"
        yield server.settings, _step("Neo4j", result, begun), browser


def run_demo(
    settings: Settings, config: DemoConfig, server: DemoStep, say: Say, log: Say
) -> DemoReport:
    """Run all steps from the catalogue's file to measured recommendations.

    Args:
        settings: settings of the server.
        config: options of the demo.
        server: step that started the server, for the report.
        say: callback that receives the current step.
        log: callback that receives each finished step.

    Raises:
        StoreError: the database refuses something, or was away for longer than all retries.
    """
    steps: list[DemoStep] = []

    def finish(step: DemoStep) -> None:
        steps.append(step)
        log(f"{step.step}: {step.result} ({step.seconds:.1f} s)")

    finish(server)
    folder = config.folder(settings)
    mapping = _catalog_mapping()
    catalog = _catalog_file(config, folder)
    with ExitStack() as stack:
        connection = _persist(lambda: stack.enter_context(connect(settings)), say)
        finish(_persist(lambda: _apply_schema(connection, settings), say))
        grocery = demo_grocery.simulate_grocery(folder, config.seed + 1)
        for step in _persist(lambda: _ingest_grocery(connection, settings, folder, say), say):
            finish(step)
        finish(
            _persist(
                lambda: _ingest_catalog(catalog, mapping, connection, settings, folder, say), say
            )
        )
        shop, simulation, simulated = _simulate(catalog, mapping, config, folder, say)
        finish(simulated)
        finish(_persist(lambda: _ingest_events(mapping, connection, settings, folder, say), say))
        for step in _persist(lambda: _embed(connection, settings, say), say):
            finish(step)
    by_key = {
        keys.product_key(source, product.id): product
        for source, products in ((mapping.source, shop), (grocery.source, grocery.products))
        for product in products
    }
    rankings, found, measured = _persist(lambda: _measure(simulation, by_key, settings, say), say)
    finish(measured)
    offered = (*first_buyers(simulation), *first_buyers(grocery.simulation))
    return DemoReport(
        seed=config.seed,
        simulated_shoppers=config.shoppers,
        folder=str(folder),
        steps=tuple(steps),
        shoppers=shown_shoppers(simulation, rankings, by_key, settings),
        found=found,
        offered=tuple(keys.user_key(SOURCE, one.id, settings.user_hmac_key) for one in offered),
    )


def _ingest_grocery(
    connection: Connection, settings: Settings, folder: Path, say: Say
) -> list[DemoStep]:
    say("groceries")
    ingested = demo_grocery.ingest_grocery(connection, settings, folder, say)
    steps = [_report_ingest(name, report) for name, report in ingested]
    return [*steps, _find_twins(connection, say)]


def _find_twins(connection: Connection, say: Say) -> DemoStep:
    """Compare the groceries of shop and wholesaler, once, before other products are there."""
    begun = time.perf_counter()
    say("finding twins")
    report = demo_grocery.find_twins(connection)
    if report is None:
        return _step("twins", "unchanged", begun, {"linked": 0, "set_aside": 0})
    counts = {"linked": report.linked, "set_aside": report.set_aside}
    result = f"{report.linked:,} pairs joined, {report.set_aside:,} set aside for review"
    return _step("twins", result, begun, counts)


def _persist(do: Callable[[], Done], say: Say) -> Done:
    """Run a step; retry it after a pause when the database was away or a conflict stopped it.

    Every step is idempotent: what is there already is left as it is.

    Raises:
        StoreError: a retry would not help, or all of them failed.
    """
    for pause in _PAUSES:
        try:
            return do()
        except StoreError as exc:
            if not exc.retryable:
                raise
            say(f"trying again in {pause} s: {exc}")
            time.sleep(pause)
    try:
        return do()
    except StoreError as exc:
        if not exc.retryable:
            raise
        hint = "Run the same command again: it goes on where it stopped."
        raise type(exc)(f"{exc} {hint}") from exc


def _catalog_mapping() -> CatalogMapping:
    mapping = find_mapping("bestbuy_products")
    if not isinstance(mapping, CatalogMapping):
        raise TypeError("The shipped mapping bestbuy_products is not a mapping of a catalogue.")
    return mapping


def _catalog_file(config: DemoConfig, folder: Path) -> Path:
    """Return the example catalogue, or a file of its first products."""
    whole = example_file()
    if config.products is None:
        return whole
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "products.jsonl"
    with gzip.open(whole, "rb") as rows, part.open("wb") as stream:
        stream.writelines(islice(rows, config.products))
    return part


def _apply_schema(connection: Connection, settings: Settings) -> DemoStep:
    begun = time.perf_counter()
    state = migrate(connection, settings.user_secret_fingerprint)
    return _step("schema", f"version {state.version}", begun, {"version": state.version})


def _ingest_catalog(
    catalog: Path,
    mapping: CatalogMapping,
    connection: Connection,
    settings: Settings,
    folder: Path,
    say: Say,
) -> DemoStep:
    writer, reader = Writer(connection), ExtractorReader(RelationReader())
    report = ingest_catalog(
        [catalog],
        writer,
        settings,
        mapping,
        progress=lambda doing, share, rows: say(f"catalogue: {share:.0%}"),
        # Titles say what accessories fit.
        texts=lambda run: ExtractionStage(writer, reader, run, fields=("title",)),
        rejected=folder / "catalogue.rejected.jsonl",
    )
    return _report_ingest("catalogue", report)


def _simulate(
    catalog: Path, mapping: CatalogMapping, config: DemoConfig, folder: Path, say: Say
) -> tuple[tuple[ShopProduct, ...], Simulation, DemoStep]:
    begun = time.perf_counter()
    say("simulating shoppers")
    shop = read_shop(catalog, mapping)
    simulation = simulate(shop, config.shoppers, config.seed)
    write_events(simulation.events, folder / FEED_NAME)
    counts = {
        "shoppers": len(simulation.shoppers),
        "events": len(simulation.events),
        "held_out": len(simulation.held_out),
    }
    result = (
        f"{counts['shoppers']:,} made up with planted tastes: {counts['events']:,} events; "
        f"{counts['held_out']:,} of last visits kept aside"
    )
    return shop, simulation, _step("simulated shoppers", result, begun, counts)


def _ingest_events(
    mapping: CatalogMapping, connection: Connection, settings: Settings, folder: Path, say: Say
) -> DemoStep:
    report = ingest_events(
        [folder / FEED_NAME],
        Writer(connection),
        settings,
        events_mapping(mapping.source),
        progress=lambda doing, share, rows: say(f"simulated events: {share:.0%}"),
        rejected=folder / "events.rejected.jsonl",
    )
    return _report_ingest("simulated events", report)


def _report_ingest(name: str, report: IngestReport) -> DemoStep:
    counts = {
        count: getattr(report, count)
        for count in ("rows", "written", "unchanged", "superseded", "rejected", "triples")
    }
    said = [f"{n:,} {count}" for count, n in counts.items() if n or count in ("rows", "written")]
    return DemoStep(name, ", ".join(said), round(report.seconds, 3), counts)


def _embed(connection: Connection, settings: Settings, say: Say) -> list[DemoStep]:
    """Train all three models; they become live at the same moment."""
    steps = []
    jobs = run_jobs(
        connection, settings, DEFAULT_KINDS, progress=lambda kind, doing: say(f"{kind}: {doing}")
    )
    for job in jobs:
        things = "edges" if job.kind == "preference" else "vectors"
        result = "unchanged" if job.unchanged else f"{job.written:,} {things} published"
        counts = {
            "version": job.version,
            "unchanged": job.unchanged,
            "written": job.written,
            "skipped": job.skipped.total,
        }
        said = f"{result}, version {job.version}"
        steps.append(DemoStep(f"embed {job.kind}", said, round(job.seconds, 3), counts))
    return steps


def _measure(
    simulation: Simulation, by_key: Mapping[str, ShopProduct], settings: Settings, say: Say
) -> tuple[dict[str, Ranking], tuple[ListQuality, ...], DemoStep]:
    """Compare the served lists with the most popular products that the shopper has not seen."""
    begun = time.perf_counter()
    say(f"asking for the lists of {len(simulation.shoppers):,} shoppers")
    rankings = asyncio.run(served_rankings(settings, simulation.shoppers))
    lists = {
        shopper: [by_key[item.product["key"]].id for item in ranking.items]
        for shopper, ranking in rankings.items()
    }
    by_id = {product.id: product for product in by_key.values()}
    popular = popular_lists(simulation, LIST_LENGTH)
    found = (
        measure_lists("recommendations", simulation, lists, by_id),
        measure_lists("popularity", simulation, popular, by_id),
    )
    result = f"{len(rankings):,} lists of {LIST_LENGTH} read and measured"
    return rankings, found, _step("lists", result, begun)


def _step(
    name: str, result: str, begun: float, counts: Mapping[str, Any] | None = None
) -> DemoStep:
    return DemoStep(name, result, round(time.perf_counter() - begun, 3), counts or {})
