"""docs/analyst.md: a guide to the graph for analysts, and the saved queries from their headers."""

from collections.abc import Iterator
from importlib import resources

import orjson

from catalograph.store.analyst import SavedQuery, saved_queries
from catalograph.store.analyst.allow_lists import PROCEDURES


def analyst_page() -> str:
    """Return the page as Markdown: `analyst.md` beside this module, then the library."""
    introduction = (resources.files(__package__) / "analyst.md").read_text(encoding="utf-8")
    names = ", ".join(f"`{name}`" for name in PROCEDURES)
    queries = saved_queries()
    lines = [introduction.replace("@PROCEDURES@", names)]
    lines += ["| query | question |", "|---|---|"]
    lines += [f"| [{q.name}](#{q.name}) | {q.question} |" for q in queries]
    for query in queries:
        lines += _section(query)
    return "\n".join([*lines, ""])


def _section(query: SavedQuery) -> Iterator[str]:
    yield from ("", f"### {query.name}", "", f"{query.title}. {query.question}", "")
    if query.parameters:
        yield from ("| parameter | type | default | meaning |", "|---|---|---|---|")
        for p in query.parameters:
            shown = f"`{orjson.dumps(p.example).decode()}`"
            default = f"needed, such as {shown}" if p.required else shown
            yield f"| {p.name} | `{p.type}` | {default} | {p.doc} |"
        yield ""
    yield from ("| column | type | meaning |", "|---|---|---|")
    yield from (f"| {c.name} | `{c.type}` | {c.doc} |" for c in query.columns)
    yield from ("", "```cypher", query.text, "```")
