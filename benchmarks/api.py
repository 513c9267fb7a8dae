"""Compare the API with @neo4j/graphql on Yoga, and with the plain driver sending the same Cypher.

    python benchmarks/api.py --json

Loads a folder in the form of amazon_beauty_pgpr, with the purchases of both its train and its test
file, into a Neo4j of its own (kept in `--home`, so that a second run starts with measuring),
learns preferences, and starts `catalograph serve` with one worker (or `--workers`) and
`benchmarks/api/server.mjs` on Node 20, which `npm ci` installs. `graph alone` is the same server
without kept answers and without the artefact of the model. Four cases, at 1 and at 8 clients:

- product: one product by key: key, title, price, names of brands and categories;
- list: a page of 100 products by key, from somewhere in the list: four leaves and brands;
- search: the first ten products for two words of some product's title, as words;
- recommendation: ten products with reasons for some shopper, by score. `same Cypher` is the API's
  own statement in an `@cypher` field; `without edges` ranks by the purchases themselves
  (benchmarks/api/without_edges.cypher), in an `@cypher` field and by the driver.

First it checks that all return the same products, except for search, where each ranks in its own
way, and for `without edges`. Then they take turns of `--seconds`, each with the same requests.
Rates are requests per second, times are milliseconds; a ratio is the median over the rounds.
"""

import argparse
import asyncio
import contextlib
import gzip
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import neo4j
import uvloop
from load import Contender, Load, Statement, alternate, driver_contender, http_contender, rows_of
from recommend import QUERY, arguments_of, percentiles, prepare, served

from catalograph.api import create_app
from catalograph.settings import Settings, load_settings
from catalograph.store import AsyncConnection, connect
from catalograph.store.managed_server import child_server

HERE = Path(__file__).parent / "api"
FIRST = 10
KEYS = 200
CLIENTS = (1, 8)
API, GRAPHQL, DRIVER = "catalograph", "@neo4j/graphql", "driver"
ALONE = f"{API}, graph alone"
GRAPH_ALONE = {"CATALOGRAPH_API__CACHE__MEGABYTES": "0", "CATALOGRAPH_API__ARTEFACTS": "false"}
SAME = f"{GRAPHQL}, same Cypher"
WITHOUT, DRIVER_WITHOUT = f"{GRAPHQL}, without edges", f"{DRIVER}, without edges"
_WORD = re.compile(r"[A-Za-z]{4,}")
_RANKING = """query ($user: String!, $first: Int!) {
  %s(user: $user, first: $first) {
    products
    items { score rest_weight rest_count product { key title } edges { key title weight parts } }
    facts { relation key name degree products }
  }
}"""

Json = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """Request of one contender in a case.

    Attributes:
        query: text of the document.
        variables: function that makes a request's variables from a subject of the case.
        keys: function that returns the keys of the products in an answer's data.
    """

    query: str
    variables: Callable[[Any], Json]
    keys: Callable[[Json], list[str]]

    def body(self, asked: Any) -> bytes:
        """Return the body of a request."""
        return json.dumps({"query": self.query, "variables": self.variables(asked)}).encode()


@dataclass(frozen=True)
class Case:
    """A case: its subjects and the requests of each contender.

    Attributes:
        asked: subjects, such as keys or search words.
        ours: request to this API.
        theirs: requests to the other server, by the name of the contender.
        rows: function that returns the keys of the products in the driver's rows.
        agree: contenders that must return the same products as this API.
    """

    asked: Sequence[Any]
    ours: Question
    theirs: Mapping[str, Question]
    rows: Callable[[list[Json]], list[str]]
    agree: tuple[str, ...] = ()


def product_case(keys: Sequence[str]) -> Case:
    fields = "key title price brands { name } categories { name }"
    return Case(
        keys,
        Question(
            f"query ($k: String!) {{ product(key: $k) {{ {fields} }} }}",
            lambda k: {"k": k},
            lambda data: [data["product"]["key"]],
        ),
        {
            GRAPHQL: Question(
                "query ($k: String!) { products(where: { key: { eq: $k } }) "
                f"{{ {fields} }} }}",
                lambda k: {"k": k},
                lambda data: [one["key"] for one in data["products"]],
            )
        },
        lambda rows: [row["node"]["key"] for row in rows],
        (GRAPHQL, DRIVER),
    )


def list_case(places: Sequence[tuple[str | None, str]]) -> Case:
    """Return the case of pages; a place is a cursor of the API and the key it stands for."""
    fields = "key title price listed brands { name }"
    return Case(
        places,
        Question(
            f"query ($a: String) {{ products(first: 100, after: $a) {{ nodes {{ {fields} }} }} }}",
            lambda place: {"a": place[0]},
            lambda data: [one["key"] for one in data["products"]["nodes"]],
        ),
        {
            GRAPHQL: Question(
                "query ($a: String!) { products(limit: 100, sort: [{ key: ASC }], "
                f"where: {{ listed: {{ eq: true }}, key: {{ gt: $a }} }}) {{ {fields} }} }}",
                lambda place: {"a": place[1]},
                lambda data: [one["key"] for one in data["products"]],
            )
        },
        lambda rows: [one["key"] for one in rows[0]["rows"]][:100],
        (GRAPHQL, DRIVER),
    )


def search_case(words: Sequence[str]) -> Case:
    fields = "key title price"
    return Case(
        words,
        Question(
            "query ($q: String!) { "
            "products(query: $q, first: 10, mode: FULL_TEXT, understand: false) "
            f"{{ nodes {{ {fields} }} }} }}",
            lambda q: {"q": q},
            lambda data: [one["key"] for one in data["products"]["nodes"]],
        ),
        {
            GRAPHQL: Question(
                "query ($q: String!) { searchProducts(phrase: $q, first: 10, "
                f"where: {{ node: {{ listed: {{ eq: true }} }} }}) "
                f"{{ edges {{ node {{ {fields} }} }} }} }}",
                lambda q: {"q": q},
                lambda data: [one["node"]["key"] for one in data["searchProducts"]["edges"]],
            )
        },
        lambda rows: [row["product"]["key"] for row in rows][:10],
        (DRIVER,),
    )


def recommendation_case(users: Sequence[str]) -> Case:
    def ranked(name: str) -> Question:
        return Question(
            _RANKING % name,
            lambda user: {"user": user, "first": FIRST},
            lambda data: [one["product"]["key"] for one in data[name]["items"]],
        )

    return Case(
        users,
        Question(
            QUERY,
            lambda user: {"user": user, "first": FIRST, "diversity": 0},
            lambda data: [one["product"]["key"] for one in data["recommendations"]["items"]],
        ),
        {SAME: ranked("recommended"), WITHOUT: ranked("withoutEdges")},
        lambda rows: [one["product"]["key"] for one in rows[0]["items"]],
        (SAME, DRIVER),
    )


def merged(data: Path, home: Path) -> Path:
    """Return a folder with all purchases of a data set in `train.tsv.gz`; it is made once."""
    folder = home / data.name
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    purchases = ("train.tsv.gz", "test.tsv.gz")
    for file in data.glob("*.gz"):
        if file.name not in purchases:
            shutil.copyfile(file, folder / file.name)
    with gzip.open(folder / "train.tsv.gz", "wt") as out:
        for n, name in enumerate(purchases):
            with gzip.open(data / name, "rt") as lines:
                if n:
                    next(lines)  # skip the header
                out.writelines(lines)
    return folder


def make_cases(settings: Settings, address: str, rng: random.Random) -> dict[str, Case]:
    """Draw the subjects of all cases; pages by going through the list as a client does."""
    with connect(settings) as connection:
        listed = connection.execute(
            "MATCH (p:Product) WHERE p.listed RETURN p.key AS key, p.title AS title ORDER BY key"
        )
        users = connection.execute(
            "MATCH (u:User) WHERE EXISTS { (u)-[:PERFORMED]->() } RETURN u.key AS key ORDER BY key"
        )
    words = [found for row in listed if len(found := _WORD.findall(row["title"] or "")) > 1]
    places = list(_places(address))
    return {
        "product": product_case([row["key"] for row in rng.sample(listed, KEYS)]),
        "list": list_case(rng.sample(places, len(places))),
        "search": search_case([" ".join(rng.sample(one, 2)) for one in rng.sample(words, KEYS)]),
        "recommendation": recommendation_case([row["key"] for row in rng.sample(users, KEYS)]),
    }


def _places(address: str) -> Iterator[tuple[str | None, str]]:
    """Yield each place of the list with 100 products behind it: a cursor and its key."""
    query = """query ($a: String) { products(first: 100, after: $a)
      { edges { cursor node { key } } pageInfo { hasNextPage } } }"""
    after: str | None = None
    yield after, ""
    with httpx.Client(base_url=address, timeout=60) as http:
        while True:
            body = {"query": query, "variables": {"a": after}}
            found = http.post("/graphql", json=body).json()["data"]["products"]
            if not found["pageInfo"]["hasNextPage"]:
                return
            last = found["edges"][-1]
            after = last["cursor"]
            yield last["cursor"], last["node"]["key"]


async def record(settings: Settings, cases: Mapping[str, Case]) -> dict[str, list[Statement]]:
    """Return the statements that the API sends for each request, by calling it in this process."""
    sent: list[Statement] = []
    read = AsyncConnection.read_compiled

    async def recorded(
        self: AsyncConnection, text: str, parameters: Mapping[str, Any], name: str
    ) -> list[Json]:
        if not name.startswith("read_vocabulary"):  # sent by the server on its own
            sent.append((text, parameters))
        return await read(self, text, parameters, name)

    found: dict[str, list[Statement]] = {}
    cache = settings.api.cache.model_copy(update={"megabytes": 0})
    api = settings.api.model_copy(update={"cache": cache, "artefacts": False})
    app = create_app(settings.model_copy(update={"api": api}))
    AsyncConnection.read_compiled = recorded  # type: ignore[method-assign]
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
            ) as http,
        ):
            for name, case in cases.items():
                print(f"{name}: recording", file=sys.stderr)
                sent.clear()
                headers = {"content-type": "application/json"}
                for asked in case.asked:
                    body = case.ours.body(asked)
                    await http.post("/graphql", content=body, headers=headers)
                # The comparison is fair only if the API sends one statement for each request.
                if len(sent) != len(case.asked):
                    raise RuntimeError(f"{name}: {len(sent)} statements for {len(case.asked)}")
                found[name] = list(sent)
    finally:
        AsyncConnection.read_compiled = read  # type: ignore[method-assign]
    return found


@contextlib.contextmanager
def other_server(
    settings: Settings, statements: Mapping[str, Any], log: IO[bytes]
) -> Iterator[int]:
    """Run @neo4j/graphql on Yoga as a process of its own; yield its port."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise RuntimeError("The other server needs Node 20 and npm.")
    if not (HERE / "node_modules").exists():
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run([npm, "ci", *quiet], cwd=HERE, check=True, stdout=sys.stderr)
    assert settings.neo4j.uri
    assert settings.neo4j.password
    # Below Linux' range of ephemeral ports, so that no client socket has it.
    port = random.randint(20_000, 32_000)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(statements, file)
        file.flush()
        process = subprocess.Popen(
            [node, "server.mjs", str(port), file.name],
            cwd=HERE,
            env=os.environ
            | {
                "NODE_ENV": "production",
                "BENCH_URI": settings.neo4j.uri,
                "BENCH_USER": settings.neo4j.user,
                "BENCH_PASSWORD": settings.neo4j.password.get_secret_value(),
            },
            stdout=log,
            stderr=log,
        )
        try:
            body = {"query": "{ __typename }"}
            for _ in range(300):
                with contextlib.suppress(httpx.TransportError):
                    httpx.post(f"http://127.0.0.1:{port}/graphql", json=body).raise_for_status()
                    break
                time.sleep(0.2)
            yield port
        finally:
            process.terminate()
            process.wait()


def cypher_fields(statements: Sequence[Statement]) -> dict[str, Any]:
    """Return the input from which the other server makes its `@cypher` fields."""
    text, parameters = statements[0]
    given = {name: value for name, value in parameters.items() if name not in ("user", "first")}
    wrapped = (
        f"CALL () {{\n{text}\n}}\n"
        "RETURN {products: products, items: items, facts: facts} AS ranking"
    )
    fields = {"recommended": wrapped, "withoutEdges": without_edges()}
    # An argument of the type Int comes as a float.
    as_integer = {
        name: text.replace("$first", "toInteger($first)") for name, text in fields.items()
    }
    return {**as_integer, "cypherParams": given}


def without_edges() -> str:
    text = (HERE / "without_edges.cypher").read_text()
    return re.sub(r"^//.*\n", "", text, flags=re.MULTILINE).strip()


@dataclass(frozen=True)
class Sides:
    """The servers and the driver to compare.

    Attributes:
        ours: port of the API.
        alone: port of the API that answers from the graph alone.
        theirs: port of the other server.
        driver: driver of the same database.
        statements: statements that the API sends, by case.
    """

    ours: int
    alone: int
    theirs: int
    driver: neo4j.AsyncDriver
    statements: Mapping[str, Sequence[Statement]]

    def contenders(self, name: str, case: Case) -> dict[str, Contender]:
        """Return the contenders of a case, by name."""
        bodies = [case.ours.body(one) for one in case.asked]
        found = {API: http_contender(self.ours, bodies), ALONE: http_contender(self.alone, bodies)}
        for other, question in case.theirs.items():
            found[other] = http_contender(self.theirs, [question.body(one) for one in case.asked])
        found[DRIVER] = driver_contender(self.driver, self.statements[name])
        if WITHOUT in case.theirs:
            own = [(without_edges(), {"user": user, "first": FIRST}) for user in case.asked]
            found[DRIVER_WITHOUT] = driver_contender(self.driver, own)
        return found

    async def check(self, name: str, case: Case, many: int = 10) -> float:
        """Compare answers; return the share of products that @neo4j/graphql returns as well."""
        shares = []
        async with httpx.AsyncClient(timeout=60) as http:
            for n, asked in enumerate(case.asked[:many]):
                wanted = await _keys(http, self.ours, case.ours, asked)
                rows = await rows_of(self.driver, self.statements[name][n])
                got = {
                    DRIVER: case.rows(rows),
                    ALONE: await _keys(http, self.alone, case.ours, asked),
                }
                for other, question in case.theirs.items():
                    got[other] = await _keys(http, self.theirs, question, asked)
                for other in (ALONE, *case.agree):
                    if got[other] != wanted:
                        raise RuntimeError(f"{name}: {other} gives {got[other]}, not {wanted}")
                first = got[next(iter(case.theirs))]
                shares.append(len({*first} & {*wanted}) / max(len(wanted), 1))
        return round(statistics.mean(shares), 3)


async def _keys(http: httpx.AsyncClient, port: int, question: Question, asked: Any) -> list[str]:
    response = await http.post(
        f"http://127.0.0.1:{port}/graphql",
        content=question.body(asked),
        headers={"content-type": "application/json"},
    )
    answer = response.json()
    if "errors" in answer:
        raise RuntimeError(answer)
    return question.keys(answer["data"])


Loads = dict[tuple[str, int], dict[str, list[Load]]]


async def measure(
    sides: Sides, cases: Mapping[str, Case], rounds: int, seconds: float, warm_up: float
) -> Loads:
    """Warm all contenders up, then let them take turns."""
    found: Loads = {}
    for name, case in cases.items():
        print(f"{name}: warming up", file=sys.stderr)
        contenders = sides.contenders(name, case)
        for contender in contenders.values():
            await contender(max(CLIENTS), warm_up, 0)
        for clients in CLIENTS:
            print(f"{name}, {clients} clients", file=sys.stderr)
            found[name, clients] = await alternate(contenders, clients, rounds, seconds)
    return found


def rows_to_show(loads: Loads) -> list[dict[str, Any]]:
    found = []
    for (case, clients), contenders in loads.items():
        for name, rounds in contenders.items():
            total = Load()
            for one in rounds:
                total.add(one)
            told = {"case": case, "clients": clients, "contender": name}
            times = percentiles([1_000 * one for one in total.seconds])
            found.append(told | {"rate": round(total.rate, 1)} | times)
    return found


def aims(loads: Loads) -> list[dict[str, Any]]:
    """Return this API's targets and whether it meets them; a ratio above 1 is better for rates."""
    rates = {
        "product": {GRAPHQL: 4.0},
        "list": {GRAPHQL: 4.0},
        "recommendation": {ALONE: 4.0, SAME: 4.0},
    }
    found = []
    for case, clients in loads:
        rounds = loads[case, clients]
        told = {"case": case, "clients": clients}
        for other, least in rates.get(case, {}).items():
            ratio = _ratio(rounds[API], rounds[other], lambda load: load.rate)
            more = {"beside": other, "of": "rate", "ratio": ratio, "at least": least}
            found.append(told | more | {"reached": ratio >= least})
        if case in ("product", "list"):
            ratio = _ratio(
                rounds[API], rounds[DRIVER], lambda load: statistics.median(load.seconds)
            )
            more = {"beside": DRIVER, "of": "p50", "ratio": ratio, "at most": 1.0}
            found.append(told | more | {"reached": ratio <= 1.0})
        if case == "recommendation" and clients == 1:
            p50 = 1_000 * statistics.median(s for load in rounds[API] for s in load.seconds)
            more = {"of": "p50", "ms": round(p50, 1), "at most": 8.0, "reached": p50 <= 8.0}
            found.append(told | more)
    return found


def _ratio(ours: list[Load], theirs: list[Load], of: Callable[[Load], float]) -> float:
    return round(statistics.median(of(a) / of(b) for a, b in zip(ours, theirs, strict=True)), 2)


def count_graph(settings: Settings) -> dict[str, int]:
    with connect(settings) as connection:
        [row] = connection.execute(
            "RETURN COUNT { (:Product {listed: true}) } AS products, COUNT { (:User) } AS users, "
            "COUNT { (:Event) } AS events, COUNT { ()-[:CO_PREFERRED]->() } AS edges"
        )
    return row


async def run(
    settings: Settings, cases: Mapping[str, Case], ours: int, alone: int, options: Any
) -> Json:
    """Record the statements, start the other server, check the answers, measure."""
    statements = await record(settings, cases)
    # The recorded application has set its own handler, which hides the reasons of errors.
    asyncio.get_running_loop().set_exception_handler(None)
    assert settings.neo4j.password
    auth = (settings.neo4j.user, settings.neo4j.password.get_secret_value())
    fields = cypher_fields(statements["recommendation"])
    with (
        (settings.home / "other.log").open("wb") as log,
        other_server(settings, fields, log) as theirs,
    ):
        async with neo4j.AsyncGraphDatabase.driver(
            settings.neo4j.uri or "", auth=auth, notifications_min_severity="OFF"
        ) as driver:
            sides = Sides(ours, alone, theirs, driver, statements)
            shared = {name: await sides.check(name, case) for name, case in cases.items()}
            loads = await measure(sides, cases, options.rounds, options.seconds, options.warm_up)
    return {
        "same_products": shared,
        "load_average": round(os.getloadavg()[0], 1),
        "rows": rows_to_show(loads),
        "aims": aims(loads),
    }


def main() -> None:
    parser: argparse.ArgumentParser = arguments_of(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each turn")
    parser.add_argument("--warm-up", type=float, default=5.0, help="seconds of each contender")
    parser.add_argument("--workers", type=int, default=1, help="processes of the API")
    parser.add_argument("--cases", nargs="*", help="some of the four only")
    options = parser.parse_args()

    settings = load_settings(
        home=options.home.resolve(), api={"vector_search": False}, server={"start_timeout": 900}
    )
    with (
        child_server(settings, settings.home / "server") as server,
        (settings.home / "serve.log").open("wb") as log,
    ):
        if not count_graph(server.settings)["edges"]:
            prepare(server.settings, merged(options.data, settings.home))
        result: Json = {"graph": count_graph(server.settings)}
        more = {"CATALOGRAPH_API__VECTOR_SEARCH": "false"}
        workers = {"CATALOGRAPH_API__WORKERS": str(options.workers)}
        with (
            served(server.settings, log, **more, **workers) as address,
            served(server.settings, log, **more, **workers, **GRAPH_ALONE) as alone,
        ):
            cases = make_cases(server.settings, alone, random.Random(options.seed))
            cases = {name: case for name, case in cases.items() if name in (options.cases or cases)}
            ours, bare = (int(one.rpartition(":")[2]) for one in (address, alone))
            result |= uvloop.run(run(server.settings, cases, ours, bare, options))
    print(json.dumps(result, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
