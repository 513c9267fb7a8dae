"""Part of a mapping that says how its files are read."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from catalograph.ingest.readers import ReadOptions, codec_name


def _encoding_name(value: str) -> str:
    if codec_name(value) is None:
        raise ValueError(
            f"'{value}' is no encoding of text; use a name such as utf-8, gb18030, big5, "
            "shift_jis, euc_kr or cp1252"
        )
    return value


def _distinct(value: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({name for name in value if value.count(name) > 1})
    if twice:
        raise ValueError(f"each column needs a name of its own; these are there twice: {twice}")
    return value


class FileRules(BaseModel):
    """Properties of a feed's files that their content alone may not show.

    Attributes:
        rows: path of the list of rows in a JSON document, `.` for the document itself; name of
            the row element in XML. Without it the reader finds the rows.
        encoding: encoding of the text, such as `gb18030`. Without it the reader detects it.
        columns: names of all columns of a CSV file without a header, in order.
    """

    rows: Annotated[str, Field(min_length=1)] | None = None
    encoding: Annotated[str, BeforeValidator(str), AfterValidator(_encoding_name)] | None = None
    columns: Annotated[tuple[str, ...], AfterValidator(_distinct)] = ()

    def read_options(self) -> ReadOptions:
        """Return the options of the reader."""
        return ReadOptions(self.rows, self.encoding, self.columns)
