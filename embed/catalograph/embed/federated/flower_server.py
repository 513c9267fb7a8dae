"""The coordinator's part of a federated run, as a Flower server.

It matches the shops' products, adds the shops' counts up by SecAgg+ and sends the sum to all. Where
more products are shared than a vector of pairs should hold, a first sum of the shoppers by product
chooses those with the most.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.common import FitIns, ndarrays_to_parameters, parameters_to_ndarrays
from flwr.compat.common.recorddict_compat import parameters_to_arrayrecord
from flwr.server import LegacyContext
from flwr.server.workflow import SecAggPlusWorkflow
from flwr.server.workflow.constant import MAIN_CONFIGS_RECORD, MAIN_PARAMS_RECORD
from flwr.server.workflow.constant import Key as WorkflowKey
from flwr.serverapp import Grid, ServerApp

from catalograph.embed.federated.blinding import split_points
from catalograph.embed.federated.contribution import MODULUS, SumRange, Token, choose_products
from catalograph.embed.federated.masks import use_strong_masks
from catalograph.embed.federated.protocol import LEAST_SHOPS, PAIRS, POPULARITY, REPORT, WEIGHTS
from catalograph.embed.recommend.matrices import Ints
from catalograph.errors import EmbedError
from catalograph.ml.checkpoints import write_atomically

__all__ = ["app"]

_POLL = 0.5
_THRESHOLD = 0.67
"""Share of the shops that must stay to the end."""

use_strong_masks()
app = ServerApp()


@dataclass(frozen=True)
class _Plan:
    """The run's configuration."""

    shops: int
    """Number of shops to wait for."""
    products: int
    """Maximum number of products whose pairs are counted."""
    largest: int
    """Largest number that a shop may send."""
    private: bool
    """Whether products are matched without telling them."""
    rounds: int
    """Number of rounds in which weights are averaged; 0 for a sum of counts."""
    seconds: float
    """Time limit for the answers to one message."""
    folder: str
    """Folder of the report."""


def main(grid: Grid, context: Context) -> None:
    """Run once and write the report, also of a failure."""
    plan = _Plan(**{name.replace("-", "_"): value for name, value in context.run_config.items()})
    file = Path(plan.folder) / REPORT
    try:
        report = _Coordinator(grid, context, plan).run()
    except BaseException as exc:
        _write(file, {"error": str(exc) or type(exc).__name__})
        raise
    _write(file, report)


class _Coordinator:
    """Talks with the shops in one run."""

    def __init__(self, grid: Grid, context: Context, plan: _Plan) -> None:
        self._grid, self._context, self._plan = grid, context, plan
        self._range = SumRange(plan.largest, plan.shops)

    def run(self) -> dict[str, Any]:
        """Match products, add up, tell the shops; return the report."""
        begun = time.monotonic()
        nodes = self._wait()
        if self._plan.rounds:
            labels = self._average(nodes)
            seconds = round(time.monotonic() - begun, 1)
            return {"shops": len(nodes), "rounds": self._plan.rounds, "labels": labels,
                    "seconds": seconds}  # fmt: skip
        lists = self._lists(nodes)
        products = choose_products(list(lists.values()))
        if not products:
            raise EmbedError("No product is sold by two of the shops, so there is nothing to add.")
        self._tell_places(lists, products)
        shared = len(products)
        if shared > self._plan.products:
            totals, _ = self._add_up(list(lists), POPULARITY)
            most = np.sort(np.argsort(-totals, kind="stable")[: self._plan.products])
            products = [products[n] for n in most]
            self._tell_places(lists, products)
        total, included = self._add_up(list(lists), PAIRS)
        self._finish(list(lists), total, included)
        return {
            "shops": len(nodes),
            "included": len(included),
            "shared_products": shared,
            "products": len(products),
            "numbers": len(total),
            "shoppers": int(total[0]),
            "seconds": round(time.monotonic() - begun, 1),
        }

    def _average(self, nodes: Sequence[int]) -> list[str]:
        """Let the shops train in rounds, each from the average of the one before; return labels."""
        answers = self._ask("list_labels", {node: {} for node in nodes})
        forms = sorted({str(answer["form"]) for answer in answers.values()})
        if len(answers) < len(nodes) or len(forms) > 1:
            raise EmbedError(f"The shops' rows differ, or one has none: {'; '.join(forms)}.")
        labels = [str(n) for n in choose_products([list(a["labels"]) for a in answers.values()])]
        if not labels:
            raise EmbedError("No label is known to two of the shops, so there is no average.")
        self._ask("share_labels", {node: {"labels": labels} for node in nodes})
        for number in range(self._plan.rounds):
            total, included = self._add_up(nodes, f"{WEIGHTS} {number}")
            if len(included) < len(nodes):
                # The difference to the round before would tell what the shop that left has sent.
                raise EmbedError("A shop left between rounds. Start again without it.")
            content = {"sum": total.astype("<i8").tobytes(), "shops": len(included)}
            self._ask("average", dict.fromkeys(nodes, content))
        ended = {"shops": len(nodes), "rounds": self._plan.rounds}
        self._ask("end", dict.fromkeys(nodes, ended))
        return labels

    def _wait(self) -> list[int]:
        deadline = time.monotonic() + self._plan.seconds
        while len(nodes := sorted(self._grid.get_node_ids())) < self._plan.shops:
            if time.monotonic() > deadline:
                raise EmbedError(f"{len(nodes)} of {self._plan.shops} shops joined in time.")
            time.sleep(_POLL)
        return nodes[: self._plan.shops]

    def _lists(self, nodes: Sequence[int]) -> dict[int, list[Token]]:
        """Return what each shop sells, as identifiers or as points blinded by all shops."""
        private = self._plan.private
        answers = self._ask("list_products", {node: {"private": private} for node in nodes})
        if not private:
            return {node: list(answer["keys"]) for node, answer in answers.items()}
        points = {node: bytes(answer["points"]) for node, answer in answers.items()}
        nodes = list(points)
        # In each step every shop blinds the list of another one.
        for step in range(1, len(nodes)):
            turns = {nodes[(n + step) % len(nodes)]: node for n, node in enumerate(nodes)}
            asked = {node: {"points": points[owner]} for node, owner in turns.items()}
            answers = self._ask("blind", asked)
            if len(answers) < len(nodes):
                raise EmbedError("A shop left while products were matched. Start again without it.")
            points = {turns[node]: bytes(answer["points"]) for node, answer in answers.items()}
        return {node: list(split_points(points[node])) for node in nodes}

    def _tell_places(self, lists: dict[int, list[Token]], products: Sequence[Token]) -> None:
        place = {token: n for n, token in enumerate(products)}
        asked = {
            node: {
                "places": np.array([place.get(token, -1) for token in tokens], "<i4").tobytes(),
                "size": len(products),
            }
            for node, tokens in lists.items()
        }
        self._ask("place", asked)

    def _add_up(self, nodes: Sequence[int], what: str) -> tuple[Ints, set[int]]:
        """Return the sum, int64, and the shops in it; try again without those that left."""
        for _ in range(2):
            here = list(self._ask("answer", {node: {} for node in nodes}))
            if len(here) < LEAST_SHOPS:
                raise EmbedError(f"{len(here)} shops are left; {LEAST_SHOPS} are needed.")
            found = _SumOfShops(here, what)
            self._sum_workflow()(self._grid, self._legacy_context(found))
            if found.total is not None:
                return found.total, found.included
        raise EmbedError("Too many shops left during secure aggregation. Start again.")

    def _sum_workflow(self) -> SecAggPlusWorkflow:
        return SecAggPlusWorkflow(
            num_shares=1.0,
            reconstruction_threshold=_THRESHOLD,
            max_weight=1.0,
            clipping_range=float(self._range.largest),
            quantization_range=self._range.quantization,
            modulus_range=MODULUS,
            timeout=self._plan.seconds,
        )

    def _legacy_context(self, strategy: "_SumOfShops") -> LegacyContext:
        context = LegacyContext(self._context, strategy=strategy)
        context.state.config_records[MAIN_CONFIGS_RECORD] = ConfigRecord(
            {WorkflowKey.CURRENT_ROUND: 1}
        )
        context.state.array_records[MAIN_PARAMS_RECORD] = parameters_to_arrayrecord(
            ndarrays_to_parameters([np.zeros(1)]), keep_input=True
        )
        return context

    def _finish(self, nodes: Sequence[int], total: Ints, included: set[int]) -> None:
        content = {"sum": total.astype("<i8").tobytes(), "shops": len(included)}
        self._ask("finish", {node: {**content, "included": node in included} for node in nodes})

    def _ask(self, action: str, contents: dict[int, dict[str, Any]]) -> dict[int, ConfigRecord]:
        """Ask shops something; return the answers of those that gave one in time."""
        messages = [
            Message(
                RecordDict({"ask": ConfigRecord(content)}),
                dst_node_id=node,
                message_type=f"query.{action}",
            )
            for node, content in contents.items()
        ]
        replies = self._grid.send_and_receive(messages, timeout=self._plan.seconds)
        return {
            reply.metadata.src_node_id: reply.content["answer"]
            for reply in replies
            if not reply.has_error()
        }


@dataclass(frozen=True)
class _Shop:
    """A shop as the workflow names it."""

    node_id: int


class _SumOfShops:
    """What the workflow of SecAgg+ asks of a strategy: whom to ask, and where the result goes."""

    def __init__(self, nodes: Sequence[int], what: str) -> None:
        self._nodes, self._what = nodes, what
        self.total: Ints | None = None
        self.included: set[int] = set()

    def configure_fit(
        self, server_round: int, parameters: Any, client_manager: Any
    ) -> list[tuple[_Shop, FitIns]]:
        """Return whom to ask for what."""
        asked = FitIns(parameters, {"what": self._what})
        return [(_Shop(node), asked) for node in self._nodes]

    def aggregate_fit(
        self, server_round: int, results: list[tuple[_Shop, Any]], failures: list[Any]
    ) -> tuple[None, dict[str, Any]]:
        """Keep the sum: each result holds its mean over the shops, of integers."""
        _, result = results[0]
        (mean,) = parameters_to_ndarrays(result.parameters)
        self.total = np.rint(mean * len(results)).astype(np.int64)
        self.included = {shop.node_id for shop, _ in results}
        return None, {}


app.main()(main)


def _write(file: Path, report: dict[str, Any]) -> None:
    with write_atomically(file) as stream:
        stream.write(json.dumps(report).encode())
