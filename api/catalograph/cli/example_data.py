"""Location of the example data: beside this module in a wheel, in `examples/` in a checkout."""

from pathlib import Path

from catalograph.errors import ConfigError

BESTBUY = Path("bestbuy") / "products.jsonl.gz"


def example_file(name: Path = BESTBUY) -> Path:
    """Return the path of an example file.

    Raises:
        ConfigError: this installation has no examples.
    """
    here = Path(__file__).resolve()
    folders = (here.with_name("examples"), here.parents[3] / "examples")
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise ConfigError(
        f"The example {name} is in none of {', '.join(map(str, folders))}. "
        "Install catalograph from its wheel, or run it from a checkout."
    )
