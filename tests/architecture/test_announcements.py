"""Every module that writes to the graph announces changes, or is known to change no kept answer.

The API keeps answers about products, brands, categories, attributes, values, reviews and
assertions (`catalograph.api.answer_cache`). A write of those that nobody announces would stay
unseen for `CATALOGRAPH_API__CACHE__MAX_SECONDS`.
"""

import ast
from pathlib import Path

STORE = Path(__file__).parents[2] / "schema" / "catalograph" / "store"
SILENT = {
    "connection/migrate.py": "schema and its version",
    "ledger/contents.py": "generated texts, which no kept answer has",
    "ledger/conversations.py": "conversations and their users",
    "ledger/erase.py": "users, requests and kept changes; records go through the writer",
    "ledger/feedback.py": "events and served lists; reviews go through the writer",
    "ledger/imputed_edges.py": "state of the graph; records go through the writer",
    "ledger/inline_supports.py": "where supports are stored; no answer changes",
    "ledger/outbox.py": "the announcements themselves",
    "ledger/personal_data.py": "consent, and notes of who read personal data",
    "ledger/retention.py": "kept changes and served lists; events go through the writer",
    "ledger/runs.py": "runs",
    "models/incremental_placement.py": "preference edges",
    "models/privacy_budget.py": "the privacy budget",
    "models/retraining.py": "models",
    "models/slot_writer.py": "vectors, values and edges of models",
    "models/trial.py": "models",
    "models/vectors.py": "vectors of models",
    "queries/idempotency.py": "requests",
    "queries/review_queue.py": "questions and decisions; facts go through the writer",
}


def writes(tree: ast.AST) -> bool:
    """Return whether a module opens write transactions: `connection.write(…)`."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "write"
        and "connection" in ast.unparse(node.func.value)
        for node in ast.walk(tree)
    )


def announces(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "announce_changes"
        for node in ast.walk(tree)
    )


def test_who_writes_announces_or_is_known_to_change_no_kept_answer() -> None:
    writers, speakers = set(), set()
    for path in STORE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        name = path.relative_to(STORE).as_posix()
        if writes(tree):
            writers.add(name)
        if announces(tree):
            speakers.add(name)
    assert speakers == {
        "bulk/graph_import.py",
        "ledger/rollback.py",
        "ledger/write.py",
        "models/publish.py",
        "queries/resolve.py",
    }
    assert writers - speakers == set(SILENT)
