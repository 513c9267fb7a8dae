"""Commands whose help or options come from a registry, read once such a command is asked for.

The registries stand in packages that `--help` of the whole program must not import.
"""

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from catalograph.ingest.text_extractors import ExtractorOption


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


class ExtractorCommand(FeedCommand):
    """A command with the options of all text extractors; their values are `context.obj`."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, then the options of the registry."""
        params = super().get_params(ctx)
        own = len(self.params)
        return [*params[:own], *_option_parser().params, *params[own:]]

    def invoke(self, ctx: Any) -> Any:
        """Run the command, with the values of the registry's options in `ctx.obj`."""
        parser = _option_parser()
        ctx.obj = parser.callback(**{p.name: ctx.params.pop(p.name) for p in parser.params})
        return super().invoke(ctx)


def _option_parser() -> Any:
    """A command of the registry's options alone, which returns their values by name."""
    from catalograph.ingest.text_extractors import extractor_options

    def collect(**values: Any) -> dict[str, Any]:
        return values

    parameters = [_parameter(option) for option in extractor_options()]
    collect.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    collector = typer.Typer(add_completion=False)
    collector.command()(collect)
    return typer.main.get_command(collector)


def _parameter(option: "ExtractorOption") -> inspect.Parameter:
    flag = f"--{option.name.replace('_', '-')}"
    shown = typer.Option(flag, help=option.help, min=option.least, max=option.most)
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=option.default,
        annotation=Annotated[option.type, shown],
    )
