"""Run the suite of each third-party client against the real server: `make test-clients`.

    python tests/clients/run.py [SUITE …]

A suite is `suites/NAME.mjs`: it gets the address of /graphql as its argument, prints one line of
JSON and exits 0 on success. Node 20 and npm are needed; `npm ci` installs the locked packages.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalograph.api import create_app
from catalograph.settings import load_settings
from catalograph.store import connect, migrate
from catalograph.store.managed_server import child_server
from tests.integration.conftest import WordEncoder, seed
from tests.serving import served

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = (
    HERE,
    ROOT / "api" / "clients" / "typescript",
    ROOT / "examples" / "apollo",
    ROOT / "examples" / "relay",
)
"""Folders whose `package-lock.json` lists the packages of the suites."""


@contextmanager
def served_shop() -> Iterator[str]:
    """Serve the small shop of the tests behind a real socket; yield the address of /graphql."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            home=Path(folder),
            user_secret="a secret of the tests",
            api={"persisted": [ROOT / "examples" / "relay" / "persisted.json"]},
        )
        with child_server(settings) as server, connect(server.settings) as connection:
            migrate(connection, server.settings.user_secret_fingerprint)
            seed(connection)
            app = create_app(server.settings, WordEncoder())
            with served(app) as address:
                yield f"{address}/graphql"


def main(names: list[str]) -> int:
    """Install, serve, run; return the number of suites that failed."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        print("The suites of clients need Node 20 and npm.", file=sys.stderr)
        return 2
    for folder in PACKAGES:
        if not (folder / "node_modules").exists():
            quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run([npm, "ci", *quiet], cwd=folder, check=True)
    suites = sorted(names or (path.stem for path in (HERE / "suites").glob("*.mjs")))
    failed = 0
    with served_shop() as url:
        for name in suites:
            done = subprocess.run(
                [node, f"suites/{name}.mjs", url], cwd=HERE, env=os.environ | {"URL": url}
            )
            failed += done.returncode != 0
            print(f"{name}: {'passed' if done.returncode == 0 else 'FAILED'}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
