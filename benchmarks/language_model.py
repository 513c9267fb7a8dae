"""Measure attribute extraction by a real language model on real titles, through the gateway.

    python benchmarks/language_model.py
    python benchmarks/language_model.py --rows FILE --mode zero-shot

Starts llama.cpp's server with the packaged Gemma 3 270M (extra `local-llm`) and asks about the
attributes of 200 products, with answers constrained to a JSON schema. Without `--rows` these are
products of examples/bestbuy, with demonstrations made of the brand column and the rules' values;
with it, a JSONL file of `input`, `category` and `target_scores`. The measured titles are drawn at
random and are not among the demonstrations. Prints JSON: seconds, products per minute, numbers of
accepted, refused and set-aside values by reason, and the share of accepted values in the rows.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from catalograph.ingest.extract import find_by_rules
from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.llm import (
    AttributeGuide,
    DemonstrationIndex,
    Gateway,
    LanguageModelExtractor,
    LlmOutcome,
)
from catalograph.ingest.llm.demonstrations import Demonstration, read_demonstration
from catalograph.ingest.llm.local import MODEL, local_server, local_settings
from catalograph.schema import keys
from catalograph.settings import load_settings

EXAMPLE = Path(__file__).parents[1] / "examples" / "bestbuy" / "products.jsonl.gz"
BATCH = 20


def read_rows(path: Path) -> list[Demonstration]:
    """Return the demonstrations of a file; a catalogue's have values of columns and rules."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        rows = [json.loads(line) for line in stream]
    return [
        read_demonstration(row) if "target_scores" in row else from_columns(row) for row in rows
    ]


def from_columns(row: dict[str, Any]) -> Demonstration:
    texts = {"title": row["name"]}
    values: dict[str, tuple[str, ...]] = {"brand": (row["brand"],)}
    for finding in find_by_rules(texts):
        span = finding.span
        value = texts[span.field][span.start : span.end]
        values[finding.attribute] = (*values.get(finding.attribute, ()), value)
    return Demonstration(texts, row["categories"][0], values)


def quality(outcomes: Sequence[LlmOutcome], asked: Sequence[Demonstration]) -> dict[str, Any]:
    """Return how many accepted values equal the rows', for attributes that the rows have."""
    told = right = known = 0
    for outcome, case in zip(outcomes, asked, strict=True):
        gold = {(a, keys.normalise(v)) for a, values in case.values.items() for v in values}
        known += len(gold)
        for finding in outcome.findings:
            told += finding.attribute in case.values
            right += (finding.attribute, keys.normalise(finding.name)) in gold
    return {"accepted_of_told_attributes": told, "same_as_row": right, "values_in_rows": known}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=Path, default=EXAMPLE)
    parser.add_argument("--titles", type=int, default=200)
    parser.add_argument("--mode", choices=["zero-shot", "few-shot"], default="few-shot")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", type=Path, default=Path(tempfile.gettempdir()) / "gemma")
    arguments = parser.parse_args()
    cases = read_rows(arguments.rows)
    random.Random(arguments.seed).shuffle(cases)
    asked, solved = cases[: arguments.titles], cases[arguments.titles :]
    asked.sort(key=lambda case: case.category or "")
    with (
        tempfile.TemporaryDirectory() as home,
        local_server(arguments.weights) as url,
    ):
        settings = load_settings(home=Path(home), llm=local_settings(url))
        shown = solved if arguments.mode == "few-shot" else []
        extractor = LanguageModelExtractor(
            Gateway(settings), AttributeGuide(solved), DemonstrationIndex(shown)
        )
        products = [
            ProductText(f"product:benchmark:{n}", case.texts, case.category)
            for n, case in enumerate(asked)
        ]
        expected = extractor.estimate(products)
        began = time.perf_counter()
        outcomes: list[LlmOutcome] = []
        for start in range(0, len(products), BATCH):
            outcomes += extractor.run(products[start : start + BATCH])
            print(f"{len(outcomes)} of {len(products)}", file=sys.stderr, flush=True)
        seconds = time.perf_counter() - began
        again = extractor.estimate(products)
    report = {
        "model": MODEL,
        "mode": arguments.mode,
        "rows": arguments.rows.name,
        "seconds": round(seconds, 1),
        "products_per_minute": round(60 * len(products) / seconds, 2),
        "estimated_tokens": expected.sent + expected.received,
        "known_on_a_second_run": again.cached,
        **extractor.report(),
        **quality(outcomes, asked),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
