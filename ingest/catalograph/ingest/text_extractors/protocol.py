"""What an extractor of texts consists of, for `TEXT_EXTRACTORS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from catalograph.ingest.extract.protocol import TextReader
from catalograph.settings import Settings
from catalograph.store import Connection


@dataclass(frozen=True, slots=True)
class ExtractorOption:
    """An option by which an extractor is asked for or set; commands offer it.

    Attributes:
        name: name with underscores; `llm_share` is `--llm-share` on the command line.
        type: type of its value, such as `Path | None`; a list can be given several times.
        default: value where it is not given.
        help: one sentence for the help of commands.
        least: smallest number it may be.
        most: largest number it may be.
    """

    name: str
    type: Any
    default: Any
    help: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class ExtractorRequest:
    """What an extractor is made from.

    Attributes:
        settings: settings of the project, among them the language model's.
        options: value by option, of all extractors.
        connection: connection to the graph, for what it knows already; None where there is none.
    """

    settings: Settings
    options: Mapping[str, Any]
    connection: Connection | None = None


@dataclass(frozen=True, slots=True)
class TextExtractorEntry:
    """An extractor that commands can read texts with.

    Attributes:
        label: name with its article, for messages.
        options: options that ask for it and set it.
        make: makes its reader; None where the options do not ask for it. Packages that only it
            needs are imported here.
    """

    label: str
    options: tuple[ExtractorOption, ...]
    make: Callable[[ExtractorRequest], TextReader | None]
