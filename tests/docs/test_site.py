"""The documentation site builds without a warning, finds words, and asks no other server."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_built(site: Path) -> None:
    pages = [page.relative_to(ROOT / "docs").with_suffix("") for page in ROOT.glob("docs/**/*.md")]
    built = [page.parent if page.name == "index" else page for page in pages]
    assert [str(page) for page in built if not (site / page / "index.html").exists()] == []


def test_search_finds_words_of_the_pages(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text())
    found = {entry["location"] for entry in index["docs"] if "idempotent" in entry["text"]}
    assert any(location.startswith("how-to/bring-in-a-feed/") for location in found)


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loading = re.compile(
        r"<(?:script|img|iframe|source)[^>]*\ssrc=[\"']?((?:https?:)?//[^\"'\s>]+)"
        r"|<link[^>]*rel=[\"']?(?:stylesheet|preconnect|icon|preload)[^>]*href=[\"']?((?:https?:)?//[^\"'\s>]+)"
        r"|url\([\"']?((?:https?:)?//[^)]+)\)"
    )
    asked = {
        f"{file.relative_to(site)}: {match[0]}"
        for pattern in ("**/*.html", "**/*.css")
        for file in site.glob(pattern)
        for match in loading.finditer(file.read_text())
    }
    assert asked == set()
    # The theme fetches mermaid from a public server for pages that use it.
    pages = [page for page in site.glob("**/*.html") if 'class="mermaid"' in page.read_text()]
    assert pages == []


def test_no_link_leaves_the_site_for_a_file_of_the_repository(site: Path) -> None:
    leaving = []
    for page in site.glob("**/*.html"):
        for link in re.findall(r"<a [^>]*href=\"(?!https?:)([^\"#:]+)", page.read_text()):
            target = (page.parent / link).resolve()
            if page.name != "404.html" and not target.exists():
                leaving.append(f"{page.relative_to(site)}: {link}")
    assert leaving == []


def test_pages_are_ordered_by_what_they_are_for() -> None:
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    sections = [next(iter(entry)) for entry in settings["nav"]]
    assert sections == ["Catalograph", "Tutorial", "How-to guides", "Reference", "Explanation"]
