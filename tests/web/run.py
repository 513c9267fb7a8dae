"""Test the Studio in a real browser against the real demo: `make test-web`.

    python -m tests.web.run [--serve] [FILE …]

Checks that the built files are those of the source, runs the unit tests, starts `catalograph demo`
(its home is build/web-demo, so that a second run finds its data), and runs the suites of
api/studio/tests with Debian's Chromium. `--serve` only serves, for work on a page. Node 20, npm and
Chromium are needed; CHROMIUM names another one.
"""

import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from catalograph.api.auth import ALL_SCOPES, new_key
from catalograph.store.managed_server.ports import spare_ports

ROOT = Path(__file__).parents[2]
STUDIO = ROOT / "api" / "studio"
BUILT = ROOT / "api" / "catalograph" / "api" / "console" / "studio"
HOME = ROOT / "build" / "web-demo"
START_SECONDS = 1200
AUDIENCE = "urn:catalograph:studio-tests"


def install_packages() -> None:
    """Install the locked packages, unless they are there."""
    mark = STUDIO / "node_modules" / ".package-lock.json"
    lock = STUDIO / "package-lock.json"
    if not mark.exists() or mark.stat().st_mtime < lock.stat().st_mtime:
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "ci", *quiet], cwd=STUDIO, check=True)
        mark.touch()


def check_built() -> None:
    """Build the source anew and compare.

    Raises:
        SystemExit: the committed files differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"STUDIO_OUTPUT": folder}
        subprocess.run(["npm", "run", "--silent", "build"], cwd=STUDIO, check=True, env=env)
        fresh = {str(p.relative_to(folder)) for p in Path(folder).rglob("*") if p.is_file()}
        kept = {str(p.relative_to(BUILT)) for p in BUILT.rglob("*") if p.is_file()}
        _, other, errors = filecmp.cmpfiles(folder, BUILT, sorted(fresh & kept), shallow=False)
        if differing := sorted({*other, *errors, *(fresh ^ kept)}):
            sys.exit(f"Built files are not those of the source; run `make studio`: {differing}")


@contextmanager
def serve_graph(command: str, **settings: str) -> Iterator[str]:
    """Serve the demo's graph by `catalograph demo` or `catalograph serve`; yield the address.

    Raises:
        SystemExit: the command ended, or did not serve in time.
    """
    [port] = spare_ports(1)
    program = str(Path(sys.executable).with_name("catalograph"))
    env = os.environ | {"CATALOGRAPH_HOME": str(HOME)} | settings
    child = subprocess.Popen([program, command, "--port", str(port)], cwd=ROOT, env=env)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, child)
        yield address
    finally:
        child.terminate()
        child.wait(60)


@contextmanager
def serve_with_keys() -> Iterator[dict[str, str]]:
    """Serve the same graph to owners of API keys, and to those whom an identity provider knows.

    The provider is started by the suite that signs in with it; its key is made here.

    Yields:
        What the suites need: the address, a key with all scopes, the provider's port and key.
    """
    key, line = new_key("admin", sorted(ALL_SCOPES))
    signer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    named = {"kid": "studio", "alg": "RS256", "use": "sig"}
    private = json.loads(RSAAlgorithm.to_jwk(signer)) | named
    public = json.loads(RSAAlgorithm.to_jwk(signer.public_key())) | named
    [port] = spare_ports(1)
    with tempfile.TemporaryDirectory() as folder:
        keys, jwks = Path(folder, "keys"), Path(folder, "jwks.json")
        keys.write_text(f"{line}\n", encoding="utf-8")
        jwks.write_text(json.dumps({"keys": [public]}), encoding="utf-8")
        auth = {
            "API_KEY_FILE": str(keys),
            "JWKS": str(jwks),
            "AUDIENCE": AUDIENCE,
            "ISSUER": f"http://127.0.0.1:{port}",
            "STUDIO_CLIENT": "studio",
            "STUDIO_SCOPES": json.dumps(["catalog:read", "recommend:read"]),
        }
        settings = {f"CATALOGRAPH_API__AUTH__{name}": value for name, value in auth.items()}
        with serve_graph("serve", **settings) as address:
            yield {
                "STUDIO_KEYS_URL": address,
                "STUDIO_ADMIN_KEY": key,
                "OPENID_PORT": str(port),
                "OPENID_KEY": json.dumps(private),
                "OPENID_AUDIENCE": AUDIENCE,
            }


def _wait_until_ready(address: str, child: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and child.poll() is None:
        try:
            if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(1)
    sys.exit("The server does not serve.")


def fill_review_queue() -> None:
    """Put the questions of the review page's tests into the demo's graph."""
    env = os.environ | {"CATALOGRAPH_HOME": str(HOME)}
    command = [sys.executable, "-m", "tests.web.review_questions"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)


def main(arguments: list[str]) -> int:
    """Check, serve, test; return the exit code."""
    if shutil.which("npm") is None:
        print("The tests of the Studio need Node 20 and npm.", file=sys.stderr)
        return 2
    serve = "--serve" in arguments
    files = [name for name in arguments if name != "--serve"]
    install_packages()
    if not serve:
        check_built()
        subprocess.run(["npm", "test", "--silent"], cwd=STUDIO, check=True)
    with serve_graph("demo") as address:
        fill_review_queue()
        if serve:
            print(f"Serving {address}; stop with Ctrl-C.", flush=True)
            try:
                time.sleep(1e9)
            except KeyboardInterrupt:
                return 0
        vitest = ["npx", "vitest", "run", "--project", "browser", "--no-file-parallelism", *files]
        with serve_with_keys() as keys:
            env = os.environ | {"STUDIO_URL": address} | keys
            return subprocess.run(vitest, cwd=STUDIO, env=env).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
