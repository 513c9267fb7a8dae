"""Import of the store without optional packages of Neo4j's driver."""

import sys

_NEEDLESS = ("pandas", "pyarrow")
"""The driver imports these where installed, to accept their values as statement parameters."""


def import_store() -> None:
    """Import `catalograph.store` without optional packages that the driver would import.

    They take half a second and 80 MB in each worker, and no command hands the driver any of their
    values. Only the command line does so: in a notebook the driver is the analyst's as well.
    """
    hidden = [name for name in _NEEDLESS if name not in sys.modules]
    # None in sys.modules makes the driver's `import` raise ModuleNotFoundError.
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        import catalograph.store  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]
