"""Compare ComplEx with PyKEEN's: same model, dimension, batch, loss, optimiser, initial scale.

    python benchmarks/kge.py --json

Both take one row a distinct (head, relation), inverse ones too, and the softmax over all entities;
PyKEEN by its LCWA loop with `CrossEntropyLoss`, in float32, which is what it has on a CPU. Ours
runs in float32, in bfloat16, and in bfloat16 with N3 regularisation, without which a model this
small does not get far. They take turns, one epoch each. After each epoch, outside of
the times, the same code measures all on validation triples, until all reached the MRR asked for;
known answers of all three parts are left out of the ranks.
"""

import argparse
import json
import logging
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from pykeen.losses import CrossEntropyLoss
from pykeen.models import ComplEx
from pykeen.training import LCWATrainingLoop, TrainingCallback
from pykeen.triples import CoreTriplesFactory

from catalograph.embed.kge import (
    KgeConfig,
    LinkData,
    TrainedKge,
    TripleSet,
    evaluate_link,
    read_link_folder,
    train,
)
from catalograph.embed.kge.models import KgeModel

OURS: dict[str, dict[str, Any]] = {
    "float32": {"precision": "float32"},
    "bfloat16": {"precision": "bfloat16"},
    "bfloat16_n3": {"precision": "bfloat16", "n3": 0.05},
}
"""Our variants by name; the last does more work than PyKEEN's, as the target MRR needs it."""


@dataclass
class Contender:
    """Results of one contender so far."""

    seconds: list[float] = field(default_factory=list)
    mrr: list[float] = field(default_factory=list)

    def report(self, target: float) -> dict[str, Any]:
        """Return the figures, for JSON."""
        epochs = next((i for i, mrr in enumerate(self.mrr, start=1) if mrr >= target), None)
        return {
            # The first epoch is a warm-up of memory, threads and PyKEEN's own data set.
            "seconds_per_epoch": round(statistics.median(self.seconds[1:] or self.seconds), 2),
            "seconds_to_target": round(sum(self.seconds[:epochs]), 1) if epochs else None,
            "epochs_to_target": epochs,
            "mrr": [round(mrr, 4) for mrr in self.mrr],
        }


class Ours(Contender):
    """Our training, one epoch for each call; it continues from its checkpoint."""

    def __init__(self, data: LinkData, config: KgeConfig, folder: Path) -> None:
        super().__init__()
        self.data, self.config, self.folder = data, config, folder

    def epoch(self) -> TrainedKge:
        """Train one more epoch; return the model after it."""
        config = replace(self.config, epochs=len(self.seconds) + 1)
        model = train(self.data.train, None, config, checkpoint=self.folder, resume=True)
        self.seconds.append(model.history[-1]["seconds"] - sum(self.seconds))
        return model


class Turns(TrainingCallback):
    """Runs one epoch of each other contender after each of PyKEEN's, and measures all."""

    def __init__(self, data: LinkData, chosen: TripleSet, target: float, **others: Ours) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.data, self.chosen, self.target, self.others = data, chosen, target, others
        self.known = data.known
        self.mine = Contender()
        self.began = time.perf_counter()

    def post_epoch(self, epoch: int, epoch_loss: float, **_: Any) -> None:
        """Run the others' epochs; PyKEEN calls this."""
        self.mine.seconds.append(time.perf_counter() - self.began)
        self._measure(self.mine, "pykeen", self._as_ours())
        for name, other in self.others.items():
            self._measure(other, name, other.epoch())
        done = [max(c.mrr) >= self.target for c in (self.mine, *self.others.values())]
        if all(done):
            # PyKEEN's own callback for stopping does the same.
            self.training_loop._should_stop = True  # noqa: SLF001
        self.began = time.perf_counter()

    def _as_ours(self) -> TrainedKge:
        """Return PyKEEN's vectors in our form; there an inverse relation follows its relation."""
        vocabulary = self.data.train.vocabulary
        model = KgeModel(
            self.others["float32"].config, len(vocabulary.entities), len(vocabulary.relations)
        )
        theirs: Any = self.model
        entities, relations = (
            torch.cat((rows.real, rows.imag), dim=1)
            for rows in (
                theirs.entity_representations[0](None).detach(),
                theirs.relation_representations[0](None).detach(),
            )
        )
        model.load_state_dict(
            {"entity": entities, "relation": torch.cat((relations[::2], relations[1::2]))}
        )
        return TrainedKge(model, vocabulary, self.data.train.mask_seen(), ())

    def _measure(self, contender: Contender, name: str, model: TrainedKge) -> None:
        contender.mrr.append(evaluate_link(model, self.chosen, self.known).mrr)
        told = f"{contender.seconds[-1]:.1f} s, MRR {contender.mrr[-1]:.4f}"
        print(f"{name} epoch {len(contender.mrr)}: {told}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/kge/FB15k-237"))
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=12, help="at most, each")
    parser.add_argument("--target", type=float, default=0.30, help="validation MRR to reach")
    parser.add_argument("--sample", type=int, default=3000, help="validation triples")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    arguments = parser.parse_args()
    logging.getLogger("pykeen").setLevel(logging.ERROR)

    data = read_link_folder(arguments.data)
    config = KgeConfig(dimension=arguments.dimension, batch=arguments.batch, precision="float32")
    chosen = replace(data.valid, triples=data.valid.triples[: arguments.sample])
    with tempfile.TemporaryDirectory() as folder:
        ours = {
            name: Ours(data, replace(config, **changes), Path(folder) / name)
            for name, changes in OURS.items()
        }
        turns = Turns(data, chosen, arguments.target, **ours)
        run_pykeen(data, config, arguments.epochs, turns)
    rows = {"pykeen": turns.mine, **ours}
    result: dict[str, Any] = {
        "data": str(arguments.data),
        "threads": torch.get_num_threads(),
        "dimension": arguments.dimension,
        "batch": arguments.batch,
        "target_mrr": arguments.target,
        **{name: row.report(arguments.target) for name, row in rows.items()},
    }
    theirs = result["pykeen"]["seconds_per_epoch"]
    for name in ours:
        result[f"times_faster_{name}"] = round(theirs / result[name]["seconds_per_epoch"], 2)
    print(json.dumps(result, indent=None if arguments.json else 2))


def run_pykeen(data: LinkData, config: KgeConfig, epochs: int, turns: Turns) -> None:
    vocabulary = data.train.vocabulary
    facts = CoreTriplesFactory(
        mapped_triples=torch.from_numpy(data.train.triples),
        num_entities=len(vocabulary.entities),
        num_relations=len(vocabulary.relations),
        create_inverse_triples=True,
    )
    model = ComplEx(
        triples_factory=facts,
        embedding_dim=config.dimension,
        loss=CrossEntropyLoss(),
        entity_initializer=torch.nn.init.normal_,
        relation_initializer=torch.nn.init.normal_,
        regularizer=None,
        random_seed=config.seed,
    )
    with torch.no_grad():
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=config.init)
    loop = LCWATrainingLoop(
        model=model,
        triples_factory=facts,
        optimizer=torch.optim.Adagrad(model.parameters(), lr=config.learning_rate),
    )
    loop.train(
        facts,
        num_epochs=epochs,
        batch_size=config.batch,
        # Train the vectors made above; PyKEEN would reset them otherwise.
        continue_training=True,
        use_tqdm=False,
        use_tqdm_batch=False,
        callbacks=turns,
        pin_memory=False,
    )


if __name__ == "__main__":
    main()
