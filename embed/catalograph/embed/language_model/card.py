"""The card of a language model for people."""

import math
from collections.abc import Mapping
from typing import Any

_LEARNED = {
    "instruct": "the assistant's turns of dialogues",
    "causal": "texts, token by token",
    "seq2seq": "second halves of texts after a prompt with the first",
    "mlm": "masked tokens of texts",
}


def describe_card(card: Mapping[str, Any]) -> str:
    """Return the card in Markdown."""
    settings, data, base = card["settings"], card["data"], card["base"]
    share = 100 * card["trained_parameters"] / base["parameters"]
    kinds = ", ".join(f"{name} {count:,}" for name, count in data.get("kinds", {}).items())
    listed = ", ".join(f"{name} {value}" for name, value in settings.items() if name != "base")
    stopped = "" if card["finished"] else " It was stopped by the time."
    return (
        "# A language model of the shop\n\n"
        f"Base: `{base['name']}`, {base['parameters']:,} parameters, weights BLAKE2b-256 "
        f"`{base['weights']}`.\n\n"
        f"Learned: {_LEARNED[settings['objective']]}, by {settings['adapter']} "
        f"({card['trained_parameters']:,} parameters, {share:.2f} %), {card['steps']:,} steps, "
        f"{card['seconds']:.0f} s.{stopped}\n\n"
        "## Data\n\n"
        f"{data['source'] or 'given'}: {data['learned']:,} examples to learn from, "
        f"{data['validation']:,} for validation, {data['too_long']:,} too long and left out"
        f"{'; ' + kinds if kinds else ''}. Hash `{data['hash']}`.\n\n"
        "## Figures on the validation\n\n"
        f"{_losses(card['metrics'])}\n\n"
        f"Settings: {listed}.\n\n"
        "## Limits\n\n"
        "What it says is no fact: the assistant verifies every wording, and a plan is checked "
        "before it runs. It may repeat texts that it has learned from; after an erasure or a "
        "withdrawal of such a text, train it again.\n"
    )


def _losses(metrics: Mapping[str, float | None]) -> str:
    before, after = metrics["validation_before"], metrics["validation"]
    if before is None or after is None:
        return "None: all examples were learned from."
    return (
        f"Loss {before:.4f} before, {after:.4f} after; perplexity {math.exp(before):.2f} before, "
        f"{math.exp(after):.2f} after."
    )
