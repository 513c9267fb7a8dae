"""Wordings by a language model; it is trusted with neither facts nor citations.

A wording is verified against the statements that it cites, and the statements themselves go out
where it has a fault.
"""

import logging
from dataclasses import replace

from catalograph.assistant.answers.answer import Answer, AnswerStatus, Statement
from catalograph.assistant.cited_wording import SENTENCES_SCHEMA, delimit_data, read_sentences
from catalograph.assistant.verifier import CitedSource, plain_words, verify
from catalograph.errors import LanguageModelError
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.script import language_of
from catalograph.schema.protocols import WordingModel

_log = logging.getLogger(__name__)
_PACKAGE = "catalograph.assistant.answers"
_WORDING_TOKENS = 600


async def word_by_model(answer: Answer, question: str, model: WordingModel) -> Answer:
    """Return an answer in a language model's words if every sentence is proved; else as it is.

    Args:
        answer: answer with statements by templates.
        question: what was asked.
        model: the model.
    """
    stated = {f"s{n}": one for n, one in enumerate(answer.statements) if one.sources}
    if answer.status is not AnswerStatus.ANSWERED or not stated:
        return answer
    asked = {
        "question": question,
        "statements": [{"id": id_, "text": one.text} for id_, one in stated.items()],
    }
    system = str(load_packaged_table(_PACKAGE, "prompts")["word"]).strip()
    try:
        said = await model.complete(
            system, delimit_data(asked), SENTENCES_SCHEMA, _WORDING_TOKENS, "question"
        )
        sentences = read_sentences(said)
    except LanguageModelError as exc:
        _log.info("an answer is not worded by a language model: %s", exc)
        return answer
    sources = {id_: CitedSource(one.text) for id_, one in stated.items()}
    faults = verify(sentences, sources, plain_words())
    other = any(language_of(one.text) != answer.language for one in sentences)
    if faults or other:
        _log.info("a wording is not shown: %s", faults[:3] or "it is in another language")
        return answer
    worded = [
        Statement(
            one.text,
            tuple(dict.fromkeys(n for id_ in one.citations for n in stated[id_].sources)),
        )
        for one in sentences
    ]
    admitted = [one for one in answer.statements if not one.sources]
    return replace(answer, statements=(*worded, *admitted), worded_by=model.name)
