"""Documentation cannot fall behind: pages are compared, commands and links checked."""

import re
from pathlib import Path

import pytest

from catalograph import errors
from catalograph.cli.generate import pages

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "name",
    [
        "docs/data-model.md",
        "docs/settings.md",
        "docs/errors.md",
        "docs/cli.md",
        "docs/analyst.md",
        "api/schema.graphql",
        "examples/apollo/possibleTypes.json",
    ],
)
def test_generated_pages_are_current(name: str) -> None:
    assert (ROOT / name).read_text() == pages()[name], "run `make docs` and commit what changed"


def test_every_error_is_in_the_tree() -> None:
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.CatalographError)
    }
    assert [name for name in classes if name not in (errors.__doc__ or "")] == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]:
        if "node_modules" in page.parts:
            continue
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        broken += [f"{page.name} -> {link}" for link in links if not (page.parent / link).exists()]
    assert broken == []


def test_commands_named_in_the_pages_exist() -> None:
    known = (ROOT / "docs/cli.md").read_text()
    missing = []
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for line in re.findall(
            r"^\s*\$?\s*catalograph ([a-z-]+(?: [a-z-]+)?)", page.read_text(), re.MULTILINE
        ):
            words = line.split()
            if not any(f"## catalograph {' '.join(words[:n])}" in known for n in (1, 2)):
                missing.append(f"{page.name}: catalograph {line}")
    assert missing == []


def test_make_targets_named_in_the_pages_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages_ = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    named = {t for p in pages_ for t in re.findall(r"make ([a-z-]+)", p.read_text())}
    for page in ROOT.glob("docs/**/*.md"):
        named |= set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE))
    assert named <= targets
