"""The grocery shop of `catalograph demo`: pictures, two languages, variants, reviews, twins.

What of it is real and what is made up, `examples/grocery/README.md` says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from catalograph.cli.example_data import example_file
from catalograph.ingest import CatalogMapping, IngestReport, find_mapping
from catalograph.ingest.aspects import load_aspect_reader
from catalograph.ingest.extraction_stage import ExtractionStage
from catalograph.ingest.language.relations import RelationReader
from catalograph.ingest.resolve.run import ResolveReport, resolve
from catalograph.ingest.review.queue import ReviewQueue
from catalograph.ingest.run import ingest_catalog, ingest_events, ingest_reviews
from catalograph.ingest.simulator import (
    FEED_NAME,
    ShopProduct,
    Simulation,
    events_mapping,
    read_shop,
    simulate,
    write_events,
)
from catalograph.ingest.text_extractors.combined import ExtractorReader
from catalograph.settings import Settings
from catalograph.store import Connection, Writer
from catalograph.store.queries.resolve import last_resolution

PICTURES = "https://raw.githubusercontent.com/marcusklasson/GroceryStoreDataset/master/dataset/"
"""Where the catalogue says that its pictures are; the Studio shows copies of them."""
SHOPPERS = 80
_ACCEPT = 0.8
"""Confidence from which on a relation is written; "perfect for coffee" waits for a reviewer."""
_FOLDER = Path("grocery")

Say = Callable[[str], None]


@dataclass(frozen=True)
class GroceryShop:
    """The shop, once it is in the graph.

    Attributes:
        source: name of its catalogue.
        products: its products.
        simulation: its simulated shoppers.
    """

    source: str
    products: tuple[ShopProduct, ...]
    simulation: Simulation


def pictures_folder() -> Path:
    """Return the folder with the copies of the pictures."""
    return example_file(_FOLDER / "products.jsonl").with_name("pictures")


def simulate_grocery(folder: Path, seed: int) -> GroceryShop:
    """Simulate the shop's shoppers, and write their events below a folder."""
    mapping = _catalog_mapping()
    products = read_shop(example_file(_FOLDER / "products.jsonl"), mapping)
    simulation = simulate(products, SHOPPERS, seed)
    write_events(simulation.events, _events_file(folder))
    return GroceryShop(mapping.source, products, simulation)


def ingest_grocery(
    connection: Connection, settings: Settings, folder: Path, say: Say
) -> list[tuple[str, IngestReport]]:
    """Read the shop's catalogue, that of a wholesaler, its reviews, and its shoppers' events.

    Returns:
        The name of each step with its report.
    """
    writer = Writer(connection)
    reader = ExtractorReader(RelationReader(), _ACCEPT)
    queue = ReviewQueue(settings, connection)
    mapping = _catalog_mapping()
    catalog = ingest_catalog(
        [example_file(_FOLDER / "products.jsonl")],
        writer,
        settings,
        mapping,
        texts=lambda run: ExtractionStage(writer, reader, run, queue=queue),
        rejected=folder / "grocery.rejected.jsonl",
    )
    say("groceries: wholesaler")
    twins = ingest_catalog(
        [example_file(_FOLDER / "wholesaler.jsonl")],
        writer,
        settings,
        find_mapping(str(example_file(_FOLDER / "wholesaler.yaml"))),
        rejected=folder / "wholesaler.rejected.jsonl",
    )
    say("groceries: reviews")
    reviews = ingest_reviews(
        [example_file(_FOLDER / "reviews.jsonl")],
        writer,
        settings,
        find_mapping(str(example_file(_FOLDER / "reviews.yaml"))),
        aspects=load_aspect_reader("rules"),
        rejected=folder / "grocery-reviews.rejected.jsonl",
    )
    say("groceries: events")
    events = ingest_events(
        [_events_file(folder)],
        writer,
        settings,
        events_mapping(mapping.source),
        rejected=folder / "grocery-events.rejected.jsonl",
    )
    return [
        ("groceries", catalog),
        ("wholesaler", twins),
        ("reviews of groceries", reviews),
        ("events of groceries", events),
    ]


def find_twins(connection: Connection) -> ResolveReport | None:
    """Join products that two catalogues list, and set doubtful pairs aside for review.

    Returns:
        The result; None if that was done before.
    """
    return resolve(connection) if last_resolution(connection) is None else None


def _events_file(folder: Path) -> Path:
    return folder / "grocery" / FEED_NAME


def _catalog_mapping() -> CatalogMapping:
    mapping = find_mapping(str(example_file(_FOLDER / "products.yaml")))
    if not isinstance(mapping, CatalogMapping):
        raise TypeError("examples/grocery/products.yaml is no mapping of a catalogue.")
    return mapping
