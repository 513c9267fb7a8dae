"""Layers: errors < settings, log < maven, artefacts, schema < ml, store < ingest | embed <
assistant < api, evaluation < cli.

`environment` is what `settings` are checked by. `client` speaks to a server over HTTP, and imports
nothing of this project but the errors.
"""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = ("schema", "ingest", "embed", "api")
MAY_IMPORT = {
    "errors": set[str](),
    "environment": set[str](),
    "settings": {"errors", "environment"},
    "log": {"errors", "settings"},
    "maven": {"errors"},
    "artefacts": {"errors"},
    "schema": {"errors", "settings", "log"},
    "ml": {"errors", "settings", "maven", "artefacts", "schema"},
    "store": {"errors", "settings", "log", "maven", "artefacts", "schema"},
    "ingest": {"errors", "settings", "log", "schema", "store", "ml"},
    "embed": {"errors", "settings", "log", "schema", "store", "ml"},
    "assistant": {"errors", "settings", "log", "schema", "store", "ml", "ingest", "embed"},
    "api": {"errors", "settings", "log", "schema", "store", "assistant"},
    "evaluation": {
        "errors",
        "settings",
        "log",
        "schema",
        "store",
        "ml",
        "ingest",
        "embed",
        "assistant",
    },
    "client": {"errors"},
    "cli": {
        "errors",
        "environment",
        "settings",
        "log",
        "schema",
        "store",
        "ml",
        "ingest",
        "embed",
        "assistant",
        "evaluation",
        "api",
    },
}
HEAVY = {
    "torch",
    "dgl",
    "onnxruntime",
    "tokenizers",
    "transformers",
    "sentence_transformers",
    "graphdatascience",
    "scipy",
    "sklearn",
    "lightgbm",
    "pycrfsuite",
    "confluent_kafka",
    "pint",
    "mlflow",
    "opendp",
    "dp_accounting",
    "opacus",
    "pyspark",
}

NOT_FOR_HELP = {"numpy", "pydantic", "neo4j", "rich", "yaml", "orjson", "asyncio"}


def modules() -> Iterator[tuple[str, Path]]:
    for root in ROOTS:
        for path in sorted((ROOT / root / "catalograph").rglob("*.py")):
            part = path.relative_to(ROOT / root / "catalograph").parts[0]
            yield part.removesuffix(".py"), path


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@pytest.mark.parametrize(("layer", "path"), modules(), ids=lambda v: str(v).replace(f"{ROOT}/", ""))
def test_layers_import_downwards_only(layer: str, path: Path) -> None:
    allowed = MAY_IMPORT[layer] | {layer}
    offences = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for name, line in imported(ast.parse(path.read_text()))
        if name.startswith("catalograph.") and name.split(".")[1] not in allowed
    ]
    assert offences == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Neither at once, nor within a function, nor for types alone."""
    names = {}
    for _, path in modules():
        [root] = [r for r in ROOTS if path.is_relative_to(ROOT / r)]
        parts = path.relative_to(ROOT / root).with_suffix("").parts
        names[".".join(parts).removesuffix(".__init__")] = path

    graph = {
        name: {
            module
            for whole, _ in imported(ast.parse(path.read_text()))
            # What is imported is a module, or stands in one.
            if (module := whole if whole in names else whole.rpartition(".")[0]) in names
        }
        for name, path in names.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
        circle = []
    except graphlib.CycleError as exc:
        circle = exc.args[1]
    assert circle == []


def test_only_store_imports_the_driver() -> None:
    offences = [
        str(path.relative_to(ROOT))
        for layer, path in modules()
        if layer != "store"
        for name, _ in imported(ast.parse(path.read_text()))
        if name.split(".")[0] == "neo4j"
    ]
    assert offences == []


def test_nobody_closes_the_namespace() -> None:
    """A `catalograph/__init__.py` would hide the other three roots."""
    assert [
        str(ROOT / r) for r in ROOTS if (ROOT / r / "catalograph" / "__init__.py").exists()
    ] == []


def test_heavy_packages_stay_out_of_everything_else() -> None:
    code = (
        "import sys, catalograph.cli, catalograph.settings, catalograph.store, catalograph.ingest,"
        f" catalograph.api; print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_imports_little() -> None:
    """What keeps `catalograph --help` below 0.3 s."""
    code = "import sys; from catalograph.cli import app; app(['--help'], standalone_mode=False); "
    code += "print(sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: " in done.stdout
    assert NOT_FOR_HELP & set(ast.literal_eval(done.stderr)) == set()


def lines_of(node: ast.AST) -> int:
    return (getattr(node, "end_lineno", 0) or 0) - getattr(node, "lineno", 0) + 1


def test_modules_and_functions_stay_small() -> None:
    offences = []
    for _, path in modules():
        if path.parent.name == "generated":
            continue
        text = path.read_text()
        if text.count("\n") > 600:
            offences.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        offences += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines_of(node)} lines"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and lines_of(node) > 60
        ]
    assert offences == []


def test_packages_carry_their_types() -> None:
    packages = {p.parent for r in ROOTS for p in (ROOT / r / "catalograph").glob("*/__init__.py")}
    assert [str(p) for p in packages if not (p / "py.typed").exists()] == []
