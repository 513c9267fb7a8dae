"""Measure incremental updates of products: calls of the model, writes and seconds.

    python benchmarks/updates.py --products 20000 --json

The same products are ingested twice, then some changed, then some withdrawn. The language-model
extractor reads the texts through its gateway, from an endpoint of this process that answers at
once; so calls are real, and the seconds contain everything but the model's own time.
"""

import argparse
import json
import random
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from products import MAPPING, Row, make_rows, write_feed

from catalograph.ingest import IngestReport, find_mapping, ingest_catalog
from catalograph.ingest.extraction_stage import ExtractionStage
from catalograph.ingest.llm import AttributeGuide, Gateway, LanguageModelExtractor
from catalograph.ingest.text_extractors.language_model import ModelReader
from catalograph.settings import Settings, load_settings
from catalograph.store import Writer, open_store
from catalograph.store.managed_server import child_server

SHARE = 0.05
"""Share of the products that are changed and then withdrawn."""
ANSWER = json.dumps(
    {
        "choices": [{"message": {"content": '{"values": []}'}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10},
    }
).encode()


class Endpoint(BaseHTTPRequestHandler):
    """Model endpoint that finds no value in any text."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # noqa: D102 - named by its base
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:  # noqa: D102 - named by its base
        del format, args


@contextmanager
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()


def ingest(settings: Settings, store: Writer, feed: Path, *, snapshot: bool) -> IngestReport:
    guide = AttributeGuide.of({None: {"colour": ["red"]}})

    def texts(run: str | None) -> ExtractionStage:
        model = LanguageModelExtractor(Gateway(settings), guide)
        return ExtractionStage(store, ModelReader(model, settings.llm.accept), run)

    mapping = find_mapping(MAPPING)
    return ingest_catalog([feed], store, settings, mapping, snapshot=snapshot, texts=texts)


def measure(settings: Settings, rows: list[Row], folder: Path) -> dict[str, Any]:
    draw = random.Random(0)
    changed = set(draw.sample(range(len(rows)), int(SHARE * len(rows))))
    gone = set(draw.sample(range(len(rows)), int(SHARE * len(rows))))
    renamed = [
        row | ({"name": f"{row['name']} Refurbished", "price": 1.0} if n in changed else {})
        for n, row in enumerate(rows)
    ]
    left = [row for n, row in enumerate(renamed) if n not in gone]
    steps: dict[str, Any] = {}
    with open_store(settings) as store:
        for name, content in (
            ("first", rows),
            ("again", rows),
            ("changed", renamed),
            ("withdrawn", left),
        ):
            feed = write_feed(content, folder / "products.jsonl")
            report = ingest(settings, store, feed, snapshot=name == "withdrawn")
            steps[name] = {
                "seconds": round(report.seconds, 1),
                "written": report.written,
                "unchanged": report.unchanged,
                "withdrawn": report.vanished,
                "texts_written": report.texts["read"],
                "model_calls": report.texts["calls"],
            }
    return steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--json", action="store_true", help="print JSON on one line")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        endpoint() as url,
        child_server(load_settings(home=Path(folder) / "home")) as server,
    ):
        llm = server.settings.llm.model_copy(
            update={"base_url": url, "model": "scripted", "cache": False, "mode": "zero-shot"}
        )
        settings = server.settings.model_copy(update={"llm": llm})
        steps = measure(settings, make_rows(arguments.products), Path(folder))
    result = {"products": arguments.products, "steps": steps}
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
