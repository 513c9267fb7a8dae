"""The processes of `catalograph serve`: one, or several that share a socket.

Each worker has its own event loop, connection pool and caches. They share secrets and rate limits
in `home`, and metrics for `/metrics` in a temporary folder.
"""

import atexit
import ctypes
import gc
import logging
import signal
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

    from starlette.applications import Starlette

    from catalograph.ingest.upsert import UpsertTexts
    from catalograph.ml.live_encoder import LiveTextEncoder
    from catalograph.settings import Settings
    from catalograph.store import Connection

_PR_SET_PDEATHSIG = 1
_COLLECT_AFTER = 20_000
"""Threshold of the young garbage collection, in objects. A list with its reasons makes thousands
that end with the answer; Python's default of 700 would collect about ten times in each request."""


def run_workers(settings: "Settings", listening: "socket.socket") -> None:
    """Serve on a socket until stopped.

    On SIGTERM or SIGINT no more connections are taken, web sockets are closed with 1012, requests
    under way have `shutdown_timeout` seconds to end, and then served lists are written.

    Raises:
        SystemExit: several workers, none of which could be started.
    """
    import uvicorn

    options = uvicorn_options(settings)
    if settings.api.workers == 1:
        uvicorn.Server(uvicorn.Config(served_app(settings), **options)).run(sockets=[listening])
        return
    from catalograph.cli.worker_supervisor import WorkerSupervisor
    from catalograph.settings import share_figures

    config = uvicorn.Config(
        f"{__name__}:worker", factory=True, workers=settings.api.workers, **options
    )
    with tempfile.TemporaryDirectory(prefix="catalograph-figures-") as folder:
        share_figures(Path(folder))
        exit_code = WorkerSupervisor(
            config,
            listening,
            start_timeout=settings.api.start_timeout,
            stop_timeout=settings.api.shutdown_timeout,
        ).run()
    if exit_code:
        sys.exit(exit_code)


def uvicorn_options(settings: "Settings") -> dict[str, Any]:
    """Return uvicorn's options for each worker."""
    from catalograph.api.arrival import RequestConnection
    from catalograph.api.subscriptions.socket import MAX_MESSAGE_BYTES

    return {
        "log_config": None,  # set up by `catalograph.log`, for libraries as well
        "log_level": "warning",
        "http": partial(RequestConnection, seconds=settings.api.request_timeout),
        "ws_max_size": MAX_MESSAGE_BYTES,
        "ws_per_message_deflate": False,
        "access_log": False,  # it would log addresses; `api.request_logging` logs requests
        "timeout_graceful_shutdown": settings.api.shutdown_timeout,
    }


def worker() -> "Starlette":
    """Return the application of one worker; called in its process."""
    from catalograph import log
    from catalograph.cli.light import import_store
    from catalograph.settings import load_settings

    import_store()
    # The kernel sends SIGTERM when the parent dies, so that a SIGKILL of it leaves no workers.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    settings = load_settings()
    log.configure(settings.log, others=True)
    return served_app(settings)


def served_app(settings: "Settings") -> "Starlette":
    """Return the application with all its services; the database may be away.

    Raises:
        MissingExtraError: the extra `api` is not installed.
    """
    from catalograph.cli.erase import purge_files
    from catalograph.cli.feed_desk import ProcessFeedDesk
    from catalograph.cli.wording_model import find_wording_model
    from catalograph.embed.text import embed_products
    from catalograph.errors import MissingExtraError
    from catalograph.ingest.aspects import MentionReader, load_aspect_reader
    from catalograph.ingest.extract.knowledge_files import KnowledgeFiles
    from catalograph.ingest.normalise import CanonicalValues
    from catalograph.ingest.review.desk import GraphReviewDesk
    from catalograph.ingest.upsert import ProductUpserts
    from catalograph.ml.search_ranking.serving import ArtefactRanker
    from catalograph.store import Connection, Writer, resolve_address

    try:
        from catalograph.api import create_app
    except ImportError as exc:
        raise MissingExtraError("api", exc.name or "strawberry-graphql") from exc
    connection = Connection(resolve_address(settings))
    atexit.register(connection.close)
    encoder = load_text_encoder(settings, connection)

    def embed(keys: Sequence[str]) -> Sequence[str]:
        if encoder is None:
            return ()
        return embed_products(connection, encoder, encoder.name, keys)

    products = ProductUpserts(
        Writer(connection),
        texts=make_upsert_texts(settings, connection),
        knowledge=KnowledgeFiles(settings).of,
        embed=embed,
    )
    purge = partial(purge_files, settings)
    aspects = load_aspect_reader(settings.texts.aspects)
    reviews = None if aspects is None else MentionReader(aspects)
    ranker = ArtefactRanker(settings.models_folder) if settings.api.second_stage else None
    app = create_app(
        settings,
        encoder,
        products,
        purge,
        reviews=reviews,
        ranker=ranker,
        values=CanonicalValues(),
        wording=find_wording_model(settings),
        feeds=ProcessFeedDesk(settings, connection),
        review=GraphReviewDesk(settings, connection, shared_run=True),
    )
    # Objects made so far stay forever: freeze them, as a full collection that visits them all
    # would delay the current request by a tenth of a second.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    return app


def make_upsert_texts(settings: "Settings", connection: "Connection") -> "UpsertTexts | None":
    """Return the reader of upserted products' texts that the settings name; None for none.

    Raises:
        ConfigError: the folder of a trained extractor holds none.
        MissingSettingError: no endpoint of a language model is set up.
    """
    from catalograph.cli.extractor_options import ExtractorOptions
    from catalograph.ingest.upsert import UpsertTexts
    from catalograph.store import Writer

    store = Writer(connection)
    reading = ExtractorOptions(settings, store)
    reader = reading.find_reader({})
    if reader is None:
        return None
    atexit.register(reading.close)
    return UpsertTexts(store, reading.shared_stage_maker(reader))


def load_text_encoder(settings: "Settings", connection: "Connection") -> "LiveTextEncoder | None":
    """Load the text encoder if it is enabled; without it, log that search is full-text only.

    It is that of the live text model, whatever the settings say.
    """
    if not settings.api.vector_search:
        return None
    from catalograph.errors import DownloadError, MissingExtraError
    from catalograph.ml.live_encoder import LiveTextEncoder
    from catalograph.store import live_text_encoder

    try:
        # One thread for each query: queries are short, and concurrent ones run in parallel.
        return LiveTextEncoder(settings, partial(live_text_encoder, connection), threads=1)
    except (MissingExtraError, DownloadError) as exc:
        logging.getLogger(__name__).warning("search is full-text only: %s", exc)
        return None
