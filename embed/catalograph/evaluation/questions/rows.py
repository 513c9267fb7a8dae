"""Files of questions with their right answers: JSON lines, one question each."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from catalograph.errors import EvaluationDataError


@dataclass(frozen=True)
class QuestionRow:
    """A question with its right answer.

    Attributes:
        question: the question.
        language: `en` or `zh`.
        kind: kind of the question, such as `attribute`.
        answerable: whether the graph and the documents state the answer.
        texts: what the answer says: of each list one text, in any case.
        products: keys of exactly the products that it names; None where that does not matter.
        total: number of products that meet the question, where it asks for a set or a number.
        sources: of these keys of nodes or assertions, at least one is cited; documents by id.
        withheld: facts that are removed before the question is asked: key of the product, a tab,
            and the key of a node or the name of a property; or `document`, a tab, and an id.
        user: id of the shopper who asks; None for nobody.
        plan: query plan of the question; None where no plan is the only right one.
    """

    question: str
    language: str
    kind: str
    answerable: bool = True
    texts: Sequence[Sequence[str]] = field(default_factory=list)
    products: Sequence[str] | None = None
    total: int | None = None
    sources: Sequence[str] = field(default_factory=list)
    withheld: Sequence[str] = field(default_factory=list)
    user: str | None = None
    plan: Mapping[str, Any] | None = None


def read_questions(file: Path) -> list[QuestionRow]:
    """Read questions.

    Raises:
        EvaluationDataError: the file cannot be read, or a line is no question of this form.
    """
    try:
        lines = file.read_bytes().splitlines()
    except OSError as exc:
        raise EvaluationDataError(f"'{file}' cannot be read: {exc}.") from exc
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(QuestionRow(**orjson.loads(line)))
        except (TypeError, ValueError) as exc:
            raise EvaluationDataError(
                f"Line {number} of '{file}' is no question ({exc}). Expected 'question', "
                "'language' and 'kind', with 'texts', 'products', 'total' or 'sources'."
            ) from exc
    if not found:
        raise EvaluationDataError(f"'{file}' has no questions.")
    return found


def write_questions(rows: Sequence[QuestionRow], file: Path) -> None:
    """Write questions."""
    file.write_bytes(b"".join(orjson.dumps(asdict(row)) + b"\n" for row in rows))
