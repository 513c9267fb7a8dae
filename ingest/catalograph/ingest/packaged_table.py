"""Tables that are packaged as YAML files beside the code that reads them."""

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def load_packaged_table(package: str, name: str) -> dict[str, Any]:
    """Return the content of a YAML file of a package, read once.

    Args:
        package: name of the package, such as `catalograph.ingest.values`.
        name: name of the file without its extension.
    """
    file = resources.files(package) / f"{name}.yaml"
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content
