"""Options of `catalograph learn`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from catalograph.embed.private_config import PrivateConfig

__all__ = ["LearnOptions", "TrialMode"]

TrialMode = Literal["near", "always", "never"]


@dataclass(frozen=True)
class LearnOptions:
    """How to learn.

    Attributes:
        kinds: kinds to consider; None for the usual ones and those that are live.
        days: length of the judged period, in days; None to choose it.
        tune: whether to tune in any case.
        trial: when two versions serve interleaved lists: `near`, when the offline comparison
            favours the challenger without proof; `always`, also after a version was published;
            `never`.
        minutes: time limit; None for none.
        gigabytes: memory limit; None for none.
        private: how to learn preferences with differential privacy; None as the live version.
    """

    kinds: tuple[str, ...] | None = None
    days: int | None = None
    tune: bool = False
    trial: TrialMode = "near"
    minutes: float | None = None
    gigabytes: float | None = None
    private: PrivateConfig | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the options for the run, with which it can be resumed."""
        return {
            "kinds": self.kinds and list(self.kinds),
            "days": self.days,
            "tune": self.tune,
            "trial": self.trial,
            "minutes": self.minutes,
            "gigabytes": self.gigabytes,
            "private": self.private and asdict(self.private),
        }

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> "LearnOptions":
        """Read the options from the arguments of a run, the inverse of `as_dict`."""
        kinds, private = arguments.get("kinds"), arguments.get("private")
        details = {
            "kinds": kinds and tuple(kinds),
            "private": private and PrivateConfig(**private),
        }
        return cls(**{**arguments, **details})
