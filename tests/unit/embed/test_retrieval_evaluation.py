"""Files of questions, which of them are asked, and the measures of what was found."""

from pathlib import Path

import orjson
import pytest

from catalograph.errors import EvaluationDataError
from catalograph.evaluation.retrieval import (
    AskedQuestion,
    QuestionSplit,
    choose_questions,
    read_questions,
)


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return path


def test_a_question_is_withheld_unless_it_is_asked_in_other_words(tmp_path: Path) -> None:
    file = write(
        tmp_path / "faq.jsonl",
        {"question": "Do you ship?", "answer": "Yes."},
        {"question": "Returns?", "answer": "Free.", "asked": ["Can I send it back?", "Undo"]},
        {"question": "Fits it?", "answer": "It does.", "asin": "B1"},
        {"question": "No answer", "answer": ""},
        {"question": "Do you ship?", "answer": "Yes."},
    )
    assert read_questions([file]) == [
        AskedQuestion("Do you ship?", None, "Yes.", None),
        AskedQuestion("Can I send it back?", "Returns?", "Free.", None),
        AskedQuestion("Undo", "Returns?", "Free.", None),
        AskedQuestion("Fits it?", None, "It does.", "B1"),
    ]


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "faq.jsonl", {"title": "Returns"})
    with pytest.raises(EvaluationDataError, match="has a `question` and an `answer`"):
        read_questions([file])


def test_questions_are_split_by_product_and_chosen_by_hash() -> None:
    every = [AskedQuestion(f"q{n}", None, f"a{n}", f"p{n % 40}") for n in range(400)]
    dev = choose_questions(every, QuestionSplit.DEV, None)
    rest = choose_questions(every, QuestionSplit.REST, None)
    assert 0 < len(dev) < len(rest)
    assert len(dev) + len(rest) == len(every)
    assert not {one.product for one in dev} & {one.product for one in rest}
    few = choose_questions(every[::-1], QuestionSplit.REST, 10)
    assert few == rest[:10]
    assert choose_questions(every, QuestionSplit.ALL, None)[0] in every


def test_equal_answers_are_one() -> None:
    one = AskedQuestion("a?", None, "Yes,  it does.", None)
    assert one.passage == AskedQuestion("b?", None, "yes, it DOES.", None).passage
    assert one.document != AskedQuestion("a?", None, "Yes,  it does.", "B1").document
