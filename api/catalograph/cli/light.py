"""Importing the store without what no command needs of Neo4j's driver."""

import sys

_NEEDLESS = ("pandas", "pyarrow")
"""Where installed, the driver loads them, to take their values as parameters of statements."""


def import_store() -> None:
    """Import `catalograph.store`, leaving out packages that the driver would load beside itself.

    They take half a second and 80 MB in each worker, and no command hands the driver any of their
    values. Only the command line does so: in a notebook the driver is the analyst's as well.
    """
    hidden = [name for name in _NEEDLESS if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        import catalograph.store  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]
