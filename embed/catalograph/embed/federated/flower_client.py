"""A shop's part of a federated run, as a Flower client.

It reads `CONTRIBUTION` or `ROWS` in the folder that the node is configured with and writes `SUM` or
`AVERAGE` and, when all is over, `OUTCOME` there. Messages reach it in processes of their own, so
that what it has to remember stands in Flower's state of the node.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.client.mod import secaggplus_mod
from flwr.clientapp import ClientApp
from flwr.common import Code, FitRes, Status, ndarrays_to_parameters
from flwr.common.secure_aggregation.secaggplus_constants import RECORD_KEY_CONFIGS, Key, Stage
from flwr.compat.common import recorddict_compat as compat

from catalograph.embed.federated.averaging import WeightCode, train_part
from catalograph.embed.federated.blinding import blind_points, blind_texts, make_secret
from catalograph.embed.federated.contribution import MODULUS, SumRange, pack, unpack
from catalograph.embed.federated.masks import use_strong_masks
from catalograph.embed.federated.protocol import (
    AVERAGE,
    CONTRIBUTION,
    LEAST_SHOPS,
    OUTCOME,
    PAIRS,
    ROWS,
    SUM,
    WEIGHTS,
)
from catalograph.embed.recommend.counts import PairCounts
from catalograph.embed.recommend.matrices import Csr, Ints
from catalograph.errors import EmbedError
from catalograph.ml.checkpoints import write_atomically
from catalograph.ml.softmax_head import HeadRows, HeadWeights

__all__ = ["app"]

use_strong_masks()
app = ClientApp()
_STATE = "shop"


def list_products(message: Message, context: Context) -> Message:
    """Send the identifiers of the products, as they are or as blinded points."""
    keys = _contribution(context).keys
    if not message.content["ask"]["private"]:
        return _reply(message, keys=list(keys))
    secret = make_secret()
    _remember(context, secret=secret)
    return _reply(message, points=blind_texts(secret, keys))


def list_labels(message: Message, context: Context) -> Message:
    """Send the names of the labels, and what the features are."""
    rows = HeadRows.load(_folder(context) / ROWS)
    form = f"{rows.form}, {rows.features.shape[1]} columns"
    return _reply(message, labels=list(rows.labels), form=form)


def share_labels(message: Message, context: Context) -> Message:
    """Begin with weights of 0 for the shared labels."""
    labels = tuple(message.content["ask"]["labels"])
    width = HeadRows.load(_folder(context) / ROWS).features.shape[1]
    HeadWeights(labels, np.zeros((width, len(labels)))).save(_folder(context) / AVERAGE)
    return _reply(message)


def average(message: Message, context: Context) -> Message:
    """Keep the average of a round; the next one, or the shop, goes on from it."""
    asked = message.content["ask"]
    labels = HeadWeights.load(_folder(context) / AVERAGE).labels
    code = WeightCode(context.state[_STATE]["largest"])
    total = np.frombuffer(asked["sum"], "<i8")
    found = code.decode(total, len(labels), asked["shops"])
    HeadWeights(labels, found).save(_folder(context) / AVERAGE)
    return _reply(message)


def end(message: Message, context: Context) -> Message:
    """Write the outcome of an averaging."""
    asked = message.content["ask"]
    _write_outcome(context, {"shops": asked["shops"], "rounds": asked["rounds"]})
    return _reply(message)


def blind(message: Message, context: Context) -> Message:
    """Blind another shop's points."""
    secret = context.state[_STATE]["secret"]
    return _reply(message, points=blind_points(secret, message.content["ask"]["points"]))


def place(message: Message, context: Context) -> Message:
    """Remember the place of each product in the vector, −1 for none, and the length."""
    asked = message.content["ask"]
    _remember(context, places=asked["places"], size=asked["size"])
    return _reply(message)


def answer(message: Message, context: Context) -> Message:
    """Show that the shop is here."""
    return _reply(message)


def guard(message: Message, context: Context, call_next: Any) -> Message:
    """Refuse a sum that would show more than that of enough shops, or would not be exact."""
    asked = message.content.config_records[RECORD_KEY_CONFIGS]
    if asked[Key.STAGE] == Stage.SETUP:
        shops, largest = asked[Key.SAMPLE_NUMBER], int(asked[Key.CLIPPING_RANGE])
        exact = SumRange(largest, shops).quantization == asked[Key.TARGET_RANGE]
        if not exact or asked[Key.MOD_RANGE] != MODULUS or asked[Key.MAX_WEIGHT] != 1.0:
            raise EmbedError("The sum would not be exact: its range is not that of this version.")
        if shops < LEAST_SHOPS or 2 * asked[Key.THRESHOLD] <= asked[Key.SHARE_NUMBER]:
            raise EmbedError(f"{shops} shops could tell each other's numbers from the sum.")
        _remember(context, largest=largest, shops=shops)
    if asked[Key.STAGE] == Stage.UNMASK:
        there, gone = set(asked[Key.ACTIVE_NODE_ID_LIST]), set(asked[Key.DEAD_NODE_ID_LIST])
        if there & gone or len(there) < LEAST_SHOPS:
            raise EmbedError(f"Shares of {len(there)} shops would show more than their sum.")
        # Two sums of different shops would tell what the one shop more has sent.
        what = context.state[_STATE]["what"]
        shops = sorted(map(str, there))
        if what.startswith(WEIGHTS) and context.state[_STATE].get("there", shops) != shops:
            raise EmbedError("Other shops than in the round before would tell what one has sent.")
        if what in context.state[_STATE].get("unmasked", []):
            raise EmbedError(f"The sum of {what} has been unmasked already.")
        unmasked = [*context.state[_STATE].get("unmasked", []), what]
        _remember(context, unmasked=unmasked, there=shops)
    answered: Message = call_next(message, context)
    return answered


def add_up(message: Message, context: Context) -> Message:
    """Give the numbers that SecAgg+ masks: integers, as long as they are in the range."""
    what = compat.recorddict_to_fitins(message.content, keep_input=True).config["what"]
    state = context.state[_STATE]
    if what.startswith(WEIGHTS):
        vector = _train(context, state["largest"])
    else:
        found = _place_counts(_contribution(context), _places(context), state["size"])
        vector = pack(*found) if what == PAIRS else found[0].diagonal()
    SumRange(state["largest"], state["shops"]).require(vector)
    _remember(context, what=what)
    # With one example and a largest weight of one, the weighted mean is the sum by the shops.
    numbers = ndarrays_to_parameters([vector.astype(np.float64)])
    fitted = FitRes(Status(Code.OK, ""), numbers, num_examples=1, metrics={})
    return Message(compat.fitres_to_recorddict(fitted, keep_input=False), reply_to=message)


def finish(message: Message, context: Context) -> Message:
    """Write the sum by this shop's identifiers, then the outcome."""
    asked = message.content["ask"]
    folder = _folder(context)
    pairs, shoppers = unpack(np.frombuffer(asked["sum"], "<i8"))
    places, keys = _places(context), _contribution(context).keys
    own = np.flatnonzero(places >= 0)
    kept = sp.csr_array(pairs[places[own]][:, places[own]])
    PairCounts(tuple(keys[n] for n in own), kept, shoppers).save(folder / SUM)
    outcome = {"included": asked["included"], "shops": asked["shops"], "products": pairs.shape[0]}
    _write_outcome(context, outcome)
    return _reply(message)


for _answer in (
    list_products, list_labels, share_labels, average, end, blind, place, answer, finish
):  # fmt: skip
    app.query(_answer.__name__)(_answer)
app.train(mods=[guard, secaggplus_mod])(add_up)


def _folder(context: Context) -> Path:
    return Path(context.node_config["folder"])


def _contribution(context: Context) -> PairCounts:
    return PairCounts.load(_folder(context) / CONTRIBUTION)


def _train(context: Context, largest: int) -> Ints:
    """Return this shop's numbers of a round, from the average of the round before."""
    before = HeadWeights.load(_folder(context) / AVERAGE)
    rows = HeadRows.load(_folder(context) / ROWS)
    return WeightCode(largest).encode(*train_part(rows, before.labels, before.weights))


def _write_outcome(context: Context, outcome: dict[str, Any]) -> None:
    with write_atomically(_folder(context) / OUTCOME) as stream:
        stream.write(json.dumps(outcome).encode())


def _places(context: Context) -> Ints:
    return np.frombuffer(context.state[_STATE]["places"], "<i4")


def _place_counts(counts: PairCounts, places: Ints, size: int) -> tuple[Csr, int]:
    """Return the counts in the order of the vector, [size, size], and the number of shoppers."""
    own = np.flatnonzero(places >= 0)
    entries = (np.ones(len(own), np.int64), (places[own], own))
    chosen = sp.csr_array(entries, shape=(size, len(places)))
    return sp.csr_array(chosen @ counts.pairs @ chosen.T), counts.n_shoppers


def _remember(context: Context, **values: Any) -> None:
    known = dict(context.state.config_records.get(_STATE, {}))
    context.state[_STATE] = ConfigRecord({**known, **values})


def _reply(message: Message, **values: Any) -> Message:
    return Message(RecordDict({"answer": ConfigRecord(values)}), reply_to=message)
