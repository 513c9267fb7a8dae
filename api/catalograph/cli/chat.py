"""`catalograph chat`: a conversation with the assistant, by hand or by pipe."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import httpx

_SAY = """mutation Say($input: SayInput!) {
  say(input: $input) {
    __typename
    ... on SaidTurn {
      conversationKey turnKey number sentiment
      answer {
        status language text productKeys plans
        statements { text sources }
        sources { number kind key text productKey url predicted }
        table { columns rows { cells sources } }
      }
      question { text about options { text products key } }
      handOver { reason summary tried }
    }
    ... on MutationError { code message path }
  }
}"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("chat")(chat)


def chat(
    url: Annotated[
        str | None,
        typer.Option(help="A running server, such as http://127.0.0.1:8000. Default: this graph."),
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the API key for that server.")
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="The shopper, as `catalograph user-key` prints it."),
    ] = None,
    product: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="A product that is looked at; may be repeated."),
    ] = None,
    use_history: Annotated[
        bool, typer.Option("--use-history", help="Recommend by the shopper's own history.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line for each turn.")
    ] = False,
) -> None:
    """Talk to the assistant in English or Chinese, one turn a line; Ctrl-D ends it.

    From a pipe, each line is a turn of one conversation. Turns are kept as those of `say` are.
    """
    import asyncio

    from catalograph.cli.light import import_store

    import_store()
    more = {"userKey": user, "productKeys": product or None, "useHistory": use_history}
    asyncio.run(_talk(url, _read_key(key_file), more, as_json=as_json))


def _read_key(file: Path | None) -> str | None:
    """Return the API key of a file.

    Raises:
        ConfigError: the file cannot be read.
    """
    from catalograph.errors import ConfigError

    try:
        return None if file is None else file.read_text("utf-8").strip()
    except OSError as exc:
        raise ConfigError(f"--key-file '{file}' cannot be read: {exc.strerror}.") from exc


async def _talk(
    url: str | None, key: str | None, more: Mapping[str, Any], *, as_json: bool
) -> None:
    import asyncio
    import sys

    from catalograph.cli.local_client import open_client

    conversation: str | None = None
    async with open_client(url, key) as client:
        while True:
            if sys.stdin.isatty():
                typer.echo("> ", nl=False, err=as_json)
            line = await asyncio.to_thread(sys.stdin.readline)
            if not line:
                return
            if not line.strip():
                continue
            given = {**more, "text": line.strip(), "conversationKey": conversation}
            said = await _say(client, given)
            conversation = said.get("conversationKey", conversation)
            _print_turn(said, as_json=as_json)


async def _say(client: "httpx.AsyncClient", given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send a turn.

    Raises:
        ServerUnreachableError: the server does not answer.
        AnswerError: what answers is no API of this project.
        OperationError: the server refuses the operation.
    """
    import httpx

    from catalograph.errors import AnswerError, OperationError, ServerUnreachableError

    try:
        response = await client.post(
            "/graphql", json={"query": _SAY, "variables": {"input": dict(given)}}
        )
    except httpx.HTTPError as exc:
        raise ServerUnreachableError(
            f"'{client.base_url}' does not answer: {exc}. Is `catalograph serve` running there?"
        ) from exc
    try:
        answer = response.json()
    except ValueError as exc:
        raise AnswerError(
            f"'{client.base_url}' answered {response.status_code} without JSON; give the URL of "
            "a server of Catalograph."
        ) from exc
    if answer.get("errors"):
        raise OperationError(answer["errors"], answer.get("data"), None)
    said: Mapping[str, Any] = answer["data"]["say"]
    return said


def _print_turn(said: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        import orjson

        typer.echo(orjson.dumps(said).decode())
        return
    if "message" in said:
        typer.echo(f"{said['code']}: {said['message']}", err=True)
        return
    answer = said["answer"]
    typer.echo(answer["text"])
    if answer["table"] is not None:
        from catalograph.cli.output import print_table

        rows = [row["cells"] for row in answer["table"]["rows"]]
        print_table("", answer["table"]["columns"], rows)
    for source in answer["sources"]:
        text = " ".join(source["text"].split())
        typer.echo(f"  [{source['number']}] {source['kind'].lower()} {source['key']}: {text[:160]}")
    note = said["handOver"]
    if note is not None:
        typer.echo(f"  {note['reason'].lower()}: {note['summary']}")
        for line in note["tried"]:
            typer.echo(f"  - {line}")
