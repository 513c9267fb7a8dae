"""English sentences for the packaged model, drawn from templates by a seed."""

import random
import string
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from catalograph.assistant.intents.rows import LabelledTurn
from catalograph.ingest.packaged_table import load_packaged_table

PER_INTENT = 140
"""Number of sentences of each intent."""
_TYPING_ERRORS = 0.08
"""Share of sentences with a typing error."""


def packaged_intents() -> tuple[str, ...]:
    """Return the intents that sentences are made for, `none` included."""
    return tuple(_table()["intents"])


def first_verbs() -> frozenset[str]:
    """Return the verbs that what is asked begins with: "cancel", "find"."""
    acts = [act for one in _table()["intents"].values() for act in one.get("acts", ())]
    return frozenset(act.split()[0] for act in acts)


def make_turns(seed: int = 0, without: Collection[str] = ()) -> list[LabelledTurn]:
    """Return labelled sentences, `PER_INTENT` or as many as differ; the same for equal arguments.

    Args:
        seed: seed of the draws.
        without: intents to leave out.
    """
    table = _table()
    found: list[LabelledTurn] = []
    for intent, templates in table["intents"].items():
        if intent in without:
            continue
        draw = random.Random(f"{seed} {intent}")  # noqa: S311 - no secret
        made: dict[str, LabelledTurn] = {}
        for n in range(PER_INTENT * 4):
            if len(made) == PER_INTENT:
                break
            template, frame = _choose(n, templates, table["frames"], draw)
            text = frame.format(act=_fill(template, table["words"], draw))
            if draw.random() < _TYPING_ERRORS:
                text = _mistype(text, draw)
            text = text.lower() if draw.random() < 0.5 else text
            made.setdefault(text.lower(), LabelledTurn(text, intent, template))
        found += made.values()
    return found


def _table() -> dict[str, Any]:
    return load_packaged_table("catalograph.assistant.intents", "sentences")


def _choose(
    n: int, templates: Mapping[str, Sequence[str]], frames: Sequence[str], draw: random.Random
) -> tuple[str, str]:
    """Return a template and its frame; each whole sentence comes once before any comes twice."""
    says, acts = templates["says"], templates.get("acts", ())
    if n < len(says):
        return says[n], "{act}"
    if acts and draw.random() < 0.8:
        return draw.choice(acts), draw.choice(frames)
    return draw.choice(says), "{act}"


def _fill(template: str, words: Mapping[str, Sequence[str]], draw: random.Random) -> str:
    return "".join(
        text + (draw.choice(words[name]) if name else "")
        for text, name, _, _ in string.Formatter().parse(template)
    )


def _mistype(text: str, draw: random.Random) -> str:
    """Swap two letters, leave one out or double one."""
    at = draw.randrange(len(text))
    return draw.choice(
        (
            text[:at] + text[at + 1 :],
            text[:at] + text[at : at + 1] * 2 + text[at + 1 :],
            text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
        )
    )
