"""Shops learn intents together by Flower: from sentences to an average, a check, a served model."""

import json
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from catalograph.assistant.intents.live_intents import LiveIntents
from catalograph.cli import app
from catalograph.embed.federated.averaging import WeightCode, train_part
from catalograph.ml.softmax_head import HeadRows, HeadWeights
from catalograph.settings import Settings, load_settings
from catalograph.store.managed_server.ports import spare_ports

from .test_federated import flower  # noqa: F401

pytestmark = [pytest.mark.anyio, pytest.mark.engines]

ROUNDS = 2
OPENINGS = ("please", "hello,", "i want to", "can you", "i need to", "could you", "how can i",
            "help me to", "today i must", "i would like to")  # fmt: skip
PHRASES = {
    "engrave_watch": ("engrave my watch", "put an engraving on the watch", "add letters to a dial"),
    "book_repair": ("book a repair", "reserve a slot to mend the clock", "plan a workshop visit"),
    "sell_old_watch": ("sell my old watch", "trade in a used watch", "get cash for a wristwatch"),
}
FEW, MANY = 1, 10


def sentences(counts: dict[str, int]) -> str:
    """Return a file with so many openings of the phrases of each intent."""
    lines = ["utterance\tintent"]
    for intent, count in counts.items():
        for n in range(count):
            phrases = PHRASES[intent][:1] if count == FEW else PHRASES[intent]
            lines += [f"{OPENINGS[n]} {phrase}\t{intent}" for phrase in phrases]
    return "\n".join(lines) + "\n"


# Each shop has one sentence of an intent that the two others know well.
SHOPS = {own: {intent: FEW if intent == own else MANY for intent in PHRASES} for own in PHRASES}


def call(*arguments: str, code: int = 0) -> Any:
    """Run a command and return what it prints as JSON."""
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def run(flower: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """Run a server and three shops; return the folder of their files."""
    folder = tmp_path_factory.mktemp("weights")
    address = f"127.0.0.1:{spare_ports(1)[0]}"
    command = [str(flower / "catalograph"), "federate"]
    for name, counts in SHOPS.items():
        (folder / f"{name}.tsv").write_text(sentences(counts))
        call("train", "intent", str(folder / f"{name}.tsv"), "--rows", str(folder / f"{name}.npz"))

    def start(name: str, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*command, *arguments, "--json"],
            env={"CATALOGRAPH_HOME": str(folder / f"home-{name}"), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    with ExitStack() as stack:
        options = ["--address", address, "--shops", "3", "--rounds", str(ROUNDS)]
        server = stack.enter_context(start("server", "server", *options, "--timeout", "300"))
        shops = {
            name: stack.enter_context(
                start(name, "weights", address, str(folder / f"{name}.npz"), "--output",
                      str(folder / f"{name}.average.npz"))
            )
            for name in SHOPS
        }  # fmt: skip
        for process in shops.values():
            said, problem = process.communicate(timeout=900)
            assert process.returncode == 0, problem + said
        report = json.loads(server.communicate(timeout=300)[0])
    assert (report["shops"], report["rounds"]) == (3, ROUNDS)
    assert sorted(report["labels"]) == sorted(PHRASES)
    return folder


def test_the_average_is_that_of_the_shops_weights(run: Path) -> None:
    rows = [HeadRows.load(run / f"{name}.npz") for name in SHOPS]
    labels = tuple(sorted(PHRASES))
    expected = np.zeros((rows[0].features.shape[1], len(labels)))
    code = WeightCode(1_000_000)
    for _ in range(ROUNDS):
        total = sum(code.encode(*train_part(own, labels, expected)) for own in rows)
        assert isinstance(total, np.ndarray)
        expected = code.decode(total, len(labels), len(rows))
    assert np.abs(expected).max() > 0.5
    for name in SHOPS:
        found = HeadWeights.load(run / f"{name}.average.npz")
        assert found.labels == labels
        assert np.abs(found.weights - expected).max() < 1e-6
    # What a shop sends is close to its weights: the average is not theirs alone.
    own, _ = train_part(rows[0], labels, np.zeros_like(expected))
    assert np.abs(own - expected).max() > 0.1


async def test_a_shop_checks_and_serves_what_the_others_know(run: Path) -> None:
    own = "sell_old_watch"
    file, average, model = (run / f"{own}{end}" for end in (".tsv", ".average.npz", ".model.npz"))
    options = ["train", "intent", str(file), "--alone", "--output", str(model)]
    told = call(*options, "--average", str(average))
    assert told["together"] >= told["alone"]
    assert told["held_out"] > 0
    settings: Settings = load_settings(home=run / "home")
    turn = "i would like to trade in a used watch"
    understood = await LiveIntents(settings, model, None).understand(turn, None)
    assert [found.name for found in understood.intents] == [own]


def test_an_average_that_makes_a_shop_worse_is_refused(run: Path, tmp_path: Path) -> None:
    name = "book_repair"
    good = HeadWeights.load(run / f"{name}.average.npz")
    lie = HeadWeights(good.labels, -40 * good.weights)
    lie.save(tmp_path / "lie.npz")
    options = ["train", "intent", str(run / f"{name}.tsv"), "--output", str(tmp_path / "m.npz")]
    told = call(*options, "--average", str(tmp_path / "lie.npz"), code=1)
    assert told["together"] < told["alone"]
    assert not (tmp_path / "m.npz").exists()
