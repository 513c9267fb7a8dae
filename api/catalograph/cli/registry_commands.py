"""Commands whose help comes from a registry, which is read once such a command is asked for.

The registries stand in packages that `--help` of the whole program must not import.
"""

from typing import Any

from typer.core import TyperCommand


class FeedCommand(TyperCommand):
    """A command whose argument `files` lists the file formats in its help."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, with the formats of the registry."""
        from catalograph.ingest.readers.formats import format_labels

        *labels, last = format_labels()
        params = super().get_params(ctx)
        for param in params:
            if param.name == "files":
                formats = f"{', '.join(labels)} or {last}"
                param.help = f"{formats}, gzipped or not; - is stdin."  # type: ignore[attr-defined]
        return params
