"""`catalograph write …`: texts about a product from facts of the graph, and judgements of them."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli.options import Json

if TYPE_CHECKING:
    from catalograph.assistant.content import ContentWriter, WrittenText
    from catalograph.settings import Settings
    from catalograph.store import Connection


class _Tone(StrEnum):
    plain = "plain"
    friendly = "friendly"
    formal = "formal"


class _Language(StrEnum):
    en = "en"
    zh = "zh"


_Product = Annotated[str, typer.Argument(help="Key of the product, `product:<source>:<id>`.")]
_Key = Annotated[str, typer.Argument(help="Key of the text, `content:…`.")]
_Audience = Annotated[
    str, typer.Option(help="For whom, in words; it decides which facts come first.")
]
_Lang = Annotated[_Language, typer.Option("--lang", help="Language of the text.")]
_ToneOption = Annotated[_Tone, typer.Option("--tone", help="How it speaks.")]
_Variants = Annotated[int, typer.Option(min=1, max=5, help="How many variants at most.")]
_Llm = Annotated[
    bool,
    typer.Option("--llm", help="Let the language model of the settings word it; it is verified."),
]
_COMMANDS = {
    "title": ("title", "Write a title."),
    "bullets": ("bullets", "Write bullet points."),
    "description": ("description", "Write a description."),
    "copy": ("advertisement", "Write an advertisement."),
    "email": ("email", "Write an e-mail."),
}
"""Kind of text by command, and the help of the command."""


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="Write texts about a product from facts of the graph.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.callback()(_group)
    for name, (kind, help_text) in _COMMANDS.items():
        group.command(name, help=f"{help_text} {_RULES}")(_command_of(kind))
    group.command("list")(list_texts)
    group.command("accept")(accept)
    group.command("reject")(reject)
    app.add_typer(group, name="write")


_RULES = (
    "It is kept in the graph with its sources, in place of earlier ones for the same audience, and "
    "withdrawn when one of these changes."
)


def _group() -> None:
    """Write texts about a product from facts of the graph."""


def _command_of(kind: str) -> Callable[..., None]:
    def write(
        product: _Product,
        audience: _Audience = "",
        lang: _Lang = _Language.en,
        tone: _ToneOption = _Tone.plain,
        variants: _Variants = 1,
        llm: _Llm = False,
        as_json: Json = False,
    ) -> None:
        _write(kind, product, audience, lang, tone, variants, llm=llm, as_json=as_json)

    return write


def _write(
    kind: str,
    product: str,
    audience: str,
    lang: str,
    tone: str,
    variants: int,
    *,
    llm: bool,
    as_json: bool,
) -> None:
    import asyncio

    from catalograph.assistant.content import Brief, write_texts
    from catalograph.cli.output import print_json
    from catalograph.schema.generated_content import ContentKind, Tone
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    brief = Brief(ContentKind(kind), str(lang), audience, Tone(str(tone)))
    settings = load_settings()
    writer = make_content_writer(settings, llm=llm)
    with open_store(settings) as store:
        texts = asyncio.run(write_texts(store.connection, writer, product, brief, variants))
    if as_json:
        print_json({"product": product, "texts": [describe_text(text) for text in texts]})
        return
    for text in texts:
        _print_text(text)
    if not texts:
        typer.echo("A source changed meanwhile; nothing was kept. Write it again.", err=True)


def make_content_writer(settings: "Settings", *, llm: bool) -> "ContentWriter":
    """Return what writes texts by the settings.

    Raises:
        MissingSettingError: a language model is wanted, and none is set up.
        InvalidInputError: the file of the toxicity model is none.
    """
    from catalograph.assistant.content import ContentWriter, load_toxicity
    from catalograph.cli.wording_model import open_wording_model

    path = settings.api.toxicity
    return ContentWriter(
        open_wording_model(settings) if llm else None,
        None if path is None else load_toxicity(path),
    )


def describe_text(text: "WrittenText") -> dict[str, Any]:
    """Return a text as JSON."""
    draft = text.draft
    return {
        "key": text.key,
        "kind": str(draft.brief.kind),
        "language": draft.brief.language,
        "variant": draft.variant,
        "best": text.best,
        "score": text.score,
        "text": draft.text,
        "sentences": [{"text": one.text, "cites": list(one.citations)} for one in draft.sentences],
        "facts": {
            one.id: {"states": one.label.en, "value": one.value.en, "key": one.key}
            for one in draft.facts
        },
        "sources": list(text.sources),
        "generator": draft.generator,
        "refused": list(draft.refused),
        "dropped": list(draft.dropped),
    }


def _print_text(text: "WrittenText") -> None:
    draft = text.draft
    mark = ", best" if text.best else ""
    score = "" if text.score is None else f", score {text.score:.2f}"
    print(f"{text.key} (variant {draft.variant}{mark}{score}, by {draft.generator})")
    print(draft.text)
    print(f"Sources: {', '.join(text.sources)}")
    if draft.refused:
        print(f"The model's wording was refused: {'; '.join(draft.refused)}")
    print()


def list_texts(product: _Product, as_json: Json = False) -> None:
    """List the texts about a product that the graph holds, the best of each kind first."""
    from catalograph.cli.output import print_json

    def work(connection: "Connection") -> list[Any]:
        from catalograph.store.queries.contents import list_contents

        return list_contents(connection, product)

    found = _with_graph(work, read_only=True)
    if as_json:
        names = ("key", "kind", "language", "audience", "tone", "variant", "best", "text")
        rows = [
            {name: one.properties[name] for name in names} | {"sources": list(one.sources)}
            for one in found
        ]
        print_json({"product": product, "texts": rows})
        return
    for one in found:
        said = one.properties
        audience = f" for {said['audience']}" if said["audience"] else ""
        print(f"{said['key']} ({said['kind']}, {said['language']}, {said['tone']}{audience})")
        print(f"{said['text']}\n")
    if not found:
        print("There are no texts about it.")


def accept(key: _Key, as_json: Json = False) -> None:
    """Note that a text is good; later variants like it are preferred."""
    _judge(key, accepted=True, as_json=as_json)


def reject(key: _Key, as_json: Json = False) -> None:
    """Note that a text is not good; later variants unlike it are preferred."""
    _judge(key, accepted=False, as_json=as_json)


def _judge(key: str, *, accepted: bool, as_json: bool) -> None:
    from catalograph.cli.output import print_json

    def work(connection: "Connection") -> None:
        from catalograph.store.ledger.contents import judge_content

        judge_content(connection, key, accepted=accepted)

    _with_graph(work)
    if as_json:
        print_json({"key": key, "accepted": accepted})
        return
    print(f"{'Accepted' if accepted else 'Rejected'} {key}.")


def _with_graph(work: "Callable[[Connection], Any]", *, read_only: bool = False) -> Any:
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    with open_store(load_settings(), read_only=read_only) as store:
        return work(store.connection)
