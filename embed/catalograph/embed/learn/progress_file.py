"""Finished steps of a contest, kept in a file, so that a killed run goes on after them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from catalograph.ml.checkpoints import write_atomically

__all__ = ["ProgressFile"]


@dataclass(frozen=True)
class ProgressFile:
    """Results of steps by name, as JSON; those of other data or another champion are dropped.

    Attributes:
        file: file to keep them in.
        contest: hash of what the steps depend on.
    """

    file: Path
    contest: str

    @classmethod
    def of(cls, folder: Path, kind: str, *depends_on: object) -> "ProgressFile":
        """Return the file of a kind, for steps that depend on these values."""
        digest = hashlib.blake2b(orjson.dumps(depends_on, default=str), digest_size=16).hexdigest()
        return cls(folder / f"{kind}.json", digest)

    def recall(self, step: str, compute: Callable[[], Any]) -> Any:
        """Return the result of a step: the kept one, else a computed one, which is kept.

        Args:
            step: name of the step.
            compute: returns the result, which JSON can hold.
        """
        steps = self._steps()
        if step not in steps:
            steps[step] = compute()
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with write_atomically(self.file) as stream:
                stream.write(orjson.dumps({"contest": self.contest, "steps": steps}))
        return steps[step]

    def _steps(self) -> dict[str, Any]:
        try:
            kept = orjson.loads(self.file.read_bytes())
            return dict(kept["steps"]) if kept["contest"] == self.contest else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}  # none yet, or damaged: the steps are done again
