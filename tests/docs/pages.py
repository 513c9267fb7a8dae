"""Code blocks of the pages, and what a shell needs to run their commands."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from catalograph.settings import Settings

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the name of the file to save it as, and its text."""

    language: str
    title: str
    text: str


def read_blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in their order.

    Args:
        page: Markdown file.
    """
    fence = re.compile(r'^```(\w*)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
    return [Block(*found) for found in fence.findall(page.read_text())]


def written_pages() -> list[Path]:
    """Return the pages that people write, README included; not those that code generates whole."""
    generated = {"analyst.md", "cli.md", "data-model.md", "errors.md", "settings.md"}
    pages = [page for page in sorted(ROOT.glob("docs/**/*.md")) if page.name not in generated]
    return [ROOT / "README.md", *pages]


def command_environment(settings: Settings) -> dict[str, str]:
    """Return an environment in which `catalograph` is on the path and uses the test server.

    Args:
        settings: settings of the test server.
    """
    assert settings.neo4j.uri is not None
    assert settings.neo4j.password is not None
    assert settings.user_secret is not None
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CATALOGRAPH_HOME": str(settings.home),
        "CATALOGRAPH_USER_SECRET": settings.user_secret.get_secret_value(),
        "CATALOGRAPH_NEO4J__URI": settings.neo4j.uri,
        "CATALOGRAPH_NEO4J__PASSWORD": settings.neo4j.password.get_secret_value(),
    }
