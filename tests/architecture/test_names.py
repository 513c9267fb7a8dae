"""Names: one public class name has one meaning, functions are verbs, old riddles stay away."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOTS = ("schema", "ingest", "embed", "api")

IRREGULAR_PARTICIPLES = frozenset(
    [
        "begun",
        "bought",
        "broken",
        "brought",
        "built",
        "caught",
        "chosen",
        "done",
        "drawn",
        "driven",
        "fallen",
        "fed",
        "felt",
        "found",
        "frozen",
        "given",
        "gone",
        "grown",
        "heard",
        "held",
        "hidden",
        "kept",
        "known",
        "laid",
        "led",
        "left",
        "lost",
        "made",
        "meant",
        "met",
        "paid",
        "said",
        "seen",
        "sent",
        "shaken",
        "shown",
        "sold",
        "spoken",
        "stood",
        "sworn",
        "taken",
        "taught",
        "thought",
        "thrown",
        "told",
        "understood",
        "woken",
        "won",
        "worn",
        "written",
    ]
)
VERBS_IN_ED = frozenset(
    {"embed", "exceed", "feed", "need", "proceed", "reseed", "seed", "shed", "speed"}
)

RIDDLES = frozenset(
    [
        "aside",
        "taken",
        "heed",
        "mends",
        "lives",
        "theirs",
        "lately",
        "wishes",
        "anything",
        "rivalry",
        "footing",
        "forgetful",
    ]
)
"""Single-word names of functions that say nothing of what the function does."""

RETIRED_MODULES = frozenset(
    [
        "answers",
        "aside",
        "described",
        "fused",
        "guess",
        "histories",
        "hub",
        "images",
        "inserted",
        "joined",
        "judge",
        "leaves",
        "live",
        "made",
        "measured",
        "measuring",
        "named",
        "observe",
        "once",
        "parts",
        "picks",
        "places",
        "plans",
        "plausible",
        "port",
        "private",
        "project",
        "pulse",
        "reading",
        "ready",
        "rejected",
        "request_facts",
        "required",
        "rise",
        "shared",
        "stage",
        "stale",
        "statements",
        "sweep",
        "text_runs",
        "trust",
        "with_model",
        "wording",
    ]
)
RETIRED_CLASSES = frozenset(
    [
        "Apportioned",
        "Aside",
        "Asked",
        "Bench",
        "Built",
        "Described",
        "Doubt",
        "Facts",
        "Found",
        "Guide",
        "Handover",
        "Image",
        "Judged",
        "Knowledge",
        "Learned",
        "Loosened",
        "Made",
        "Outcome",
        "Pace",
        "PassedOn",
        "Pick",
        "Picker",
        "Planted",
        "Ready",
        "Replayed",
        "Solved",
        "Standing",
        "Taught",
        "Watch",
    ]
)


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    for root in ROOTS:
        for path in sorted((ROOT / root / "catalograph").rglob("*.py")):
            if path.parent.name != "generated":
                yield str(path.relative_to(ROOT / root)), path, ast.parse(path.read_text())


def is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is read like a value, or is a field of the GraphQL schema."""
    decorators = {ast.unparse(d).split("(")[0].rpartition(".")[2] for d in node.decorator_list}
    return bool(
        decorators & {"property", "cached_property", "field", "resolved_field", "compiled_field"}
    )


def is_participle(word: str) -> bool:
    return (word.endswith("ed") and word not in VERBS_IN_ED) or word in IRREGULAR_PARTICIPLES


def test_no_public_class_name_has_two_meanings() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for name, _, tree in modules():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(name)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_functions_are_not_named_by_a_bare_participle() -> None:
    offences = [
        f"{name}:{node.lineno} {node.name}"
        for name, _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_participle(node.name.strip("_")) or node.name.strip("_") in RIDDLES
        if "_" not in node.name.strip("_") and not is_property(node)
    ]
    assert offences == []


def test_retired_names_stay_retired() -> None:
    offences = [name for name, path, _ in modules() if path.stem in RETIRED_MODULES]
    offences += [
        f"{name} {node.name}"
        for name, _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name in RETIRED_CLASSES
        if not name.startswith("catalograph/api/types/")  # the GraphQL schema has a `Standing`
    ]
    assert offences == []
