"""The model card for people."""

from collections.abc import Mapping
from typing import Any


def describe_card(card: Mapping[str, Any]) -> str:
    """Return the card in Markdown."""
    network = card["network"]
    rows = "".join(_row(name, one) for name, one in card["tasks"].items())
    reasons = "".join(
        f"- **{name}** is {'kept' if one['decision']['kept'] else 'not kept'}: "
        f"{one['decision']['reason']}.\n"
        for name, one in card["tasks"].items()
    )
    data = "".join(
        f"- {name}: {one['data']['train']:,} to learn from, {one['data']['valid']:,} for "
        f"validation, {one['data']['test']:,} to test on, {one['data']['labels']} labels"
        f"{'; ' + one['data']['source'] if one['data']['source'] else ''}\n"
        for name, one in card["tasks"].items()
    )
    searched = ", ".join(f"{name} {value}" for name, value in card["searched"].items())
    settings = ", ".join(f"{name} {value}" for name, value in card["settings"].items())
    return (
        f"# One model for several tasks, {card['version']}\n\n"
        f"One encoder, {len(card['tasks'])} heads; ONNX, {network['form']}, "
        f"{network['bytes'] / 1e6:.1f} MB ({network['float32_bytes'] / 1e6:.1f} MB in float32).\n\n"
        "## Decisions\n\n"
        f"{reasons}\n"
        "## Figures on the test\n\n"
        "F1 (of category and sentiment accuracy) with 95 % intervals. The model of one task has "
        "the same form, start and data; today's model is what serves without this one.\n\n"
        "| task | this model | of one task | today's | ms a text | int8 equal |\n"
        "|---|---|---|---|---|---|\n"
        f"{rows}\n"
        "## Data\n\n"
        f"{data}\n"
        f"Settings: {settings}.\n\n"
        f"Searched on validation: {searched or 'nothing'}.\n\n"
        "## Limits\n\n"
        "Learned from this shop's texts; other categories and attributes are not known. What is "
        "served is what was judged: it was not trained again on the test.\n"
    )


def _row(name: str, one: Mapping[str, Any]) -> str:
    decision = one["decision"]
    low, high = decision["interval"]
    single = decision["single"]
    return (
        f"| {name} | {decision['rival']['ours']:.4f} ({low:.4f} to {high:.4f}) | "
        f"{'' if single is None else format(single['theirs'], '.4f')} | "
        f"{decision['rival']['theirs']:.4f} ({decision['rival_name']}) | "
        f"{one['milliseconds']:.1f} | {one['int8_agreement']:.3f} |\n"
    )
