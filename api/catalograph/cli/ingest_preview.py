"""Mappings that `ingest` proposes, and the first records by a mapping."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal

import typer

from catalograph.cli.ingest_report import print_report
from catalograph.cli.language import message_language

if TYPE_CHECKING:
    from catalograph.ingest.dry_run import FeedPreview
    from catalograph.ingest.mapping import Kind
    from catalograph.ingest.mapping_inference import KnownProducts, MappingProposal, NameScores
    from catalograph.ingest.run import FeedPath, Progress
    from catalograph.ingest.translation import MessageLanguage
    from catalograph.settings import Settings


def print_proposal(
    kind: Literal["catalog", "reviews", "events", "orders"],
    file: "FeedPath",
    mapping: str | None,
    options: "Mapping[str, Any]",
    as_json: bool,
    *,
    preview: bool,
    lang: "MessageLanguage | None" = None,
    progress: "Progress | None" = None,
) -> None:
    """Print a proposed mapping, or the first records by it or by the given mapping."""
    from catalograph import ingest
    from catalograph.ingest.translation import translate
    from catalograph.settings import load_settings

    settings, said = load_settings(), message_language(lang)
    name = "given"
    chosen = None if mapping is None else ingest.find_mapping(mapping)
    if chosen is None:
        proposal, note = propose_with_graph(
            settings,
            kind,
            file,
            source=options["source"],
            product_source=options.get("product_source"),
            encoding=options["encoding"],
            progress=progress,
        )
        if not preview:
            if note and proposal.shipped is None:
                typer.echo(note, err=True)
            typer.echo(proposal.to_yaml(said), nl=False)
            return
        for warning in proposal.warnings:
            typer.echo(f"{translate('Warning:', said)} {translate(warning, said)}", err=True)
        chosen, name = proposal.mapping, proposal.shipped or "proposed"
    shown = ingest.preview_feed(file, kind, settings, chosen, name=name, **_shape(options))
    _print_preview(shown, as_json, said)


def propose_with_graph(
    settings: "Settings",
    kind: "Kind",
    file: "FeedPath",
    *,
    source: str | None,
    product_source: str | None,
    encoding: str | None,
    progress: "Progress | None" = None,
) -> "tuple[MappingProposal, str]":
    """Propose a mapping, with the graph and the text encoders where there are any.

    Args:
        settings: settings of the connection and the encoders.
        kind: kind to read the file as.
        file: the file.
        source: name of the feed; None takes that of the shipped mapping, else the file's name.
        product_source: the only catalogue to look products up in; None looks in all.
        encoding: encoding of the file; None detects it.
        progress: callback that receives the progress.

    Returns:
        The proposal, and why names were compared without an encoder, or an empty text.
    """
    from catalograph import ingest
    from catalograph.ingest.readers import ReadOptions

    similarities, note = _name_scores(settings, kind)
    with _known_products(settings, product_source) as known:
        proposal = ingest.propose_for_file(
            file,
            kind,
            source,
            known,
            similarities=similarities,
            options=ReadOptions(encoding=encoding),
            progress=progress,
        )
    return proposal, note


@contextmanager
def _known_products(settings: "Settings", named: str | None) -> "Iterator[KnownProducts | None]":
    """Yield what looks product ids up in the catalogues of the graph; None if no server answers.

    Args:
        settings: settings of the connection.
        named: the only catalogue to look in; None looks in all.
    """
    from catalograph.errors import ConfigError, StoreError
    from catalograph.ingest.product_matching import shares_known
    from catalograph.store import connect
    from catalograph.store.queries.catalogues import CatalogueReader

    with ExitStack() as stack:
        catalogues = None
        with suppress(ConfigError, StoreError):
            reader = CatalogueReader(stack.enter_context(connect(settings)))
            reader.list_catalogues()
            catalogues = reader

        def look_up(ids: "Sequence[str]") -> dict[str, float]:
            shares = {} if catalogues is None else shares_known(catalogues, ids)
            return {name: share for name, share in shares.items() if named in (None, name)}

        yield None if catalogues is None else look_up


def _shape(options: "Mapping[str, Any]") -> dict[str, Any]:
    """Return the options that say how rows are read."""
    names = ("source", "product_source", "encoding", "language", "currency")
    return {name: options[name] for name in names if options.get(name)}


def _name_scores(settings: "Settings", kind: str) -> "tuple[NameScores | None, str]":
    """Return what compares names by text encoders, or None and why there is no encoder.

    Encoders are not downloaded for this: the table of names knows most names.
    """
    from catalograph.errors import CatalographError
    from catalograph.ingest.mapping_inference.name_encoder import (
        CHINESE_NAMES,
        ENGLISH_NAMES,
        compare_by_script,
        compare_names,
    )
    from catalograph.ml.encoders import load_encoder
    from catalograph.ml.onnx import CHINESE_MODEL, ENGLISH_MODEL, is_fetched

    found: dict[str, NameScores] = {}
    why = "the text encoder is not on this machine yet (`catalograph embed text` fetches it)"
    for model, comparison in ((ENGLISH_MODEL, ENGLISH_NAMES), (CHINESE_MODEL, CHINESE_NAMES)):
        if is_fetched(settings, model):
            try:
                encoder = load_encoder(settings, name=model.name)
                found[comparison.language] = compare_names(kind, encoder, comparison)
            except CatalographError as exc:
                why = str(exc)
    if found:
        return compare_by_script(found.get("zh"), found.get("en")), ""
    return None, f"Column names were compared with the table of names alone: {why}."


def _print_preview(preview: "FeedPreview", as_json: bool, lang: "MessageLanguage") -> None:
    from catalograph.cli.output import print_json, print_table

    if as_json:
        records = [dict(zip(preview.columns, row, strict=True)) for row in preview.rows]
        print_json({"records": records, "report": preview.report.as_dict()})
        return
    # One column a record: a record has more fields than a line has room for.
    report = preview.report
    lines = [[name, *(row[n] for row in preview.rows)] for n, name in enumerate(preview.columns)]
    numbers = [str(n) for n in range(1, len(preview.rows) + 1)]
    print_table(f"first {len(preview.rows)} of {report.rows:,} rows", ["field", *numbers], lines)
    print_report(report, as_json=False, lang=lang)
