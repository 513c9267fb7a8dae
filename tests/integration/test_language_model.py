"""A language model that reads the shop's texts in the graph, and dialogues from a catalogue."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.embed.language_model.graph_texts import read_graph_texts
from catalograph.embed.language_model.rows import read_dialogues
from catalograph.ingest import ReviewMapping, ingest_documents, ingest_reviews
from catalograph.ingest.documents import DocumentOptions
from catalograph.settings import Settings
from catalograph.store import Connection, open_store
from tests.integration.test_kills import environment
from tests.tiny_decoder import write_tiny_decoder

pytestmark = pytest.mark.neo4j

COLOURS = ("red", "blue", "black", "white")
BRANDS = ("Acme", "Zeta", "Leaf")
REVIEWS = ReviewMapping(
    kind="reviews", source="shop", product="product_id", id=("review_id",), user="user_id",
    rating="rating", text="text", time="time",
)  # fmt: skip


@pytest.fixture
def shell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)
    return CliRunner()


def test_a_decoder_learns_the_texts_of_the_graph(
    settings: Settings, shop: Connection, shell: CliRunner, tmp_path: Path
) -> None:
    (tmp_path / "faq.json").write_text('[{"question": "Can I return it?", "answer": "Yes."}]')
    review = {"review_id": "r1", "user_id": "u1", "product_id": "cam1", "rating": 5,
              "text": "My aunt loves it.", "time": "2026-01-01T00:00:00Z"}  # fmt: skip
    (tmp_path / "reviews.jsonl").write_text(json.dumps(review))
    with open_store(settings) as store:
        ingest_documents([tmp_path / "faq.json"], store, settings, DocumentOptions())
        ingest_reviews(
            [tmp_path / "reviews.jsonl"], store, settings, REVIEWS, product_source="shop"
        )
    texts = read_graph_texts(shop)
    assert any("Green tea" in text for text in texts)
    assert any("Can I return it?" in text for text in texts)
    # What shoppers wrote is read on request only.
    assert not any("aunt" in text for text in texts)
    assert any("aunt" in text for text in read_graph_texts(shop, reviews=True))
    base = write_tiny_decoder(tmp_path / "base")
    run = shell.invoke(
        app,
        ["train", "lm", "--base", base, "--objective", "causal", "--output", str(tmp_path / "out"),
         "--adapter", "full", "--learning-rate", "0.005", "--length", "16", "--batch", "2",
         "--epochs", "5", "--validation", "0.3", "--merge", "--json"],
    )  # fmt: skip
    assert run.exit_code == 0, run.output
    card = json.loads(run.stdout)
    assert card["data"]["source"] == "products and documents"
    assert card["metrics"]["validation"] < card["metrics"]["validation_before"]
    assert (tmp_path / "out" / "merged" / "model.safetensors").exists()


def write_catalogue(file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "title", "brand", "category", "colour", "price", "currency"])
        for n in range(120):
            title = f"{BRANDS[n % 3]} gadget model X{n}"
            category, colour = f"Gadgets {n % 9}a", COLOURS[n % 4]
            rows.writerow([n, title, BRANDS[n % 3], category, colour, 10 + n, "EUR"])


@pytest.mark.heavy
def test_dialogues_are_made_from_a_catalogue_by_a_seed(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "shop.csv")
    made = []
    for name in ("one", "two"):
        run = CliRunner().invoke(
            app,
            ["train", "dialogues", "--catalog", str(tmp_path / "shop.csv"), "--count", "120",
             "--work", str(tmp_path / "work"), "--output", str(tmp_path / name), "--seed", "3"],
        )  # fmt: skip
        assert run.exit_code == 0, run.output
        made.append(
            [(tmp_path / name / f"{part}.jsonl").read_bytes() for part in ("train", "test")]
        )
    assert made[0] == made[1]
    learned = read_dialogues(tmp_path / "one" / "train.jsonl")
    held = read_dialogues(tmp_path / "one" / "test.jsonl")
    assert {one.kind for one in learned} == {"plan", "wording", "dialogue"}
    assert not {one.turns for one in learned} & {one.turns for one in held}
    plan = next(one for one in learned if one.kind == "plan")
    # The request is the assistant's own: its prompt, and names to choose from.
    assert "query plans" in plan.turns[0].content
    assert '"names"' in plan.turns[1].content
    assert json.loads(plan.completion)["plans"][0]["op"]
    wording = next(one for one in learned if one.kind == "wording")
    assert json.loads(wording.completion)["sentences"][0]["cite"] == ["s0"]
