"""`train intent` and `eval intent`: files of Bitext's form, and the packaged model in Chinese."""

from importlib import resources
from pathlib import Path

import pytest

from catalograph.cli import app
from catalograph.errors import TrainingDataError
from catalograph.evaluation.intents import evaluate_intents, read_turns, with_packaged
from tests.unit.assistant.test_intents import ACTS, FRAMES

SENTENCES = resources.files("catalograph.evaluation") / "intent_sentences"


@pytest.mark.parametrize("name", ["zh_dev", "zh_check", "zh_test"])
def test_the_packaged_model_reads_chinese(name: str) -> None:
    with resources.as_file(SENTENCES / f"{name}.tsv") as file:
        [row] = evaluate_intents([], file)
    assert row.model == "packaged"
    assert row.metrics["macro_f1"] >= 0.85
    assert row.metrics["unknown_rejected"] >= 0.9
    assert row.metrics["calibration_error"] <= 0.1
    assert row.metrics["two_in_one"] >= 0.7


def test_files_are_learned_and_measured(tmp_path: Path) -> None:
    rows = [(frame.format(act), name) for name, act in ACTS.items() for frame in FRAMES]
    file = tmp_path / "said.tsv"
    text = "".join(f"B\t{said}\tX\t{name}\n" for said, name in rows)
    file.write_text(f"flags\tutterance\tcategory\tintent\n{text}")
    assert len(read_turns(file)) == len(rows)
    every = {row.intent for row in with_packaged(read_turns(file), 0, same=True, lacking=True)}
    assert every >= {"compare", "none", "newsletter"}
    model = tmp_path / "intents.npz"
    command = ["train", "intent", str(file), "--alone", "--output", str(model)]
    app(command, standalone_mode=False)
    [row] = evaluate_intents([], file, model)
    assert row.metrics["macro_f1"] >= 0.9
    [row] = evaluate_intents([file], None, alone=True)
    assert {"macro_f1", "calibration_error", "unknown_rejected"} <= set(row.metrics)
    (tmp_path / "empty.tsv").write_text("utterance\tintent\n")
    with pytest.raises(TrainingDataError, match="utterance"):
        read_turns(tmp_path / "empty.tsv")
