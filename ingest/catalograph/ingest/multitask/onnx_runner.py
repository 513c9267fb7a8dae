"""Running an exported network on ONNX Runtime."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from catalograph.ingest.multitask.prediction import Floats, Ints, Runner
from catalograph.ml.onnx import open_session


def run_onnx(file: Path, heads: Sequence[str], threads: int | None = None) -> Runner:
    """Open a model and return the function that runs it.

    Args:
        file: exported model, whose outputs have the names of the heads.
        heads: names of the heads.
        threads: threads for one batch; None for all processors of this process.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
    """
    session = open_session(file, extra="text", threads=threads)
    known = frozenset(heads)

    def run(task: str, ids: Ints, mask: Ints, kinds: Ints) -> Floats:
        if task not in known:
            raise KeyError(task)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
        return np.asarray(session.run([task], inputs)[0], np.float32)

    return run
