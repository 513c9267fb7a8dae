"""`catalograph export`: product feeds for other companies, and what is known of a shopper."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.cli.options import Json

if TYPE_CHECKING:
    from catalograph.ingest.feed_export import FeedReport
    from catalograph.store import Connection


class FeedFormName(StrEnum):
    """Form of a feed."""

    ACP = "acp"
    GOOGLE = "google"
    OPENAI = "openai"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Write product feeds, or what is known of a shopper.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("feed")(feed)
    group.command("user")(user)
    app.add_typer(group, name="export")


def feed(
    form: Annotated[FeedFormName, typer.Option(help="Form of the feed.")],
    output: Annotated[
        Path | None,
        typer.Option(help="File; default products.jsonl, google.xml or openai.jsonl."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Catalogue; needed if the graph has several.")
    ] = None,
    seller_name: Annotated[
        str | None, typer.Option(help="Name of the seller; needed for OpenAI.")
    ] = None,
    country: Annotated[
        list[str] | None,
        typer.Option(help="Country that is sold to, such as DE; may be repeated. OpenAI."),
    ] = None,
    store_country: Annotated[
        str | None, typer.Option(help="Country of the shop, such as DE. OpenAI.")
    ] = None,
    assume_in_stock: Annotated[
        bool,
        typer.Option("--assume-in-stock", help="Take what says nothing of its stock for in stock."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the listed products of a catalogue as a feed: ACP, Google Merchant or OpenAI.

    What records assert is written; what was read from texts or guessed is not. The file is complete
    when it appears.
    """
    from catalograph.ingest.feed_export import FORMS, FeedSeller, write_feed
    from catalograph.settings import load_settings
    from catalograph.store import open_to_read
    from catalograph.store.queries.feed_products import read_feed_products

    made = FORMS[form.value]
    path = output or Path(made.file_name)
    seller = FeedSeller(
        seller_name,
        tuple(_country(code, "--country") for code in country or ()),
        None if store_country is None else _country(store_country, "--store-country"),
        assume_in_stock,
    )
    with open_to_read(load_settings()) as connection:
        products = read_feed_products(connection, _find_source(connection, source))
        report = write_feed(made, products, seller, path)
    _print_report(path, report, as_json)


def user(
    source: Annotated[str, typer.Argument(help="Source that the shopper's id is of.")],
    id: Annotated[str, typer.Argument(help="The shopper's id there.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="File to write; else it is printed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write everything that the graph holds of a shopper as JSON, and put the read on record.

    Not searched: feeds, the quarantine, the cache of the language model and backups.
    """
    import getpass

    from catalograph.cli.output import print_json
    from catalograph.errors import NotFoundError
    from catalograph.schema import keys
    from catalograph.settings import load_settings
    from catalograph.store import connect, log_access, read_personal_data

    settings = load_settings()
    key = keys.user_key(source, id, settings.user_hmac_key)
    with connect(settings) as connection:
        found = read_personal_data(connection, key)
        if found is None:
            raise NotFoundError(f"Nothing is known of the shopper '{id}' of {source}.")
        log_access(connection, f"command line, {getpass.getuser()}", "export user", key)
    if output is None:
        print_json(found)
        return
    import orjson

    output.touch(mode=0o600)
    output.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    if as_json:
        print_json({"output": str(output), "events": len(found["events"])})
        return
    typer.echo(f"{output}: {len(found['events']):,} events, {len(found['reviews']):,} reviews.")


def _country(code: str, option: str) -> str:
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise typer.BadParameter(f"'{code}' is no code such as DE.", param_hint=option)
    return code.upper()


def _find_source(connection: "Connection", source: str | None) -> str:
    """Return the catalogue to write.

    Raises:
        NotFoundError: the graph has no such catalogue.
        InvalidInputError: the graph has several, and none is named.
    """
    from catalograph.errors import InvalidInputError, NotFoundError
    from catalograph.store.queries.catalogues import CatalogueReader

    known = CatalogueReader(connection).list_catalogues()
    listed = ", ".join(known)
    if source is not None:
        if source not in known:
            raise NotFoundError(
                f"There is no catalogue '{source}'." + (f" There are {listed}." if known else "")
            )
        return source
    if not known:
        raise NotFoundError("The graph has no catalogue. Bring one in: catalograph ingest catalog.")
    if len(known) > 1:
        raise InvalidInputError(f"The graph has the catalogues {listed}; name one with --source.")
    return known[0]


def _print_report(path: Path, report: "FeedReport", as_json: bool) -> None:
    from catalograph.cli.output import print_json

    if as_json:
        print_json(
            {
                "file": str(path),
                "products": report.products,
                "written": report.written,
                "left_out": dict(report.left_out),
                "shortened": report.shortened,
            }
        )
        return
    typer.echo(f"{path}: {report.written:,} of {report.products:,} products.")
    for reason, number in report.left_out.most_common():
        typer.echo(f"  left out, {reason}: {number:,}")
    if report.shortened:
        typer.echo(f"  texts cut to the length of the form: {report.shortened:,}")
