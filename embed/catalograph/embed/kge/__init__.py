"""Knowledge graph embeddings: TransE, DistMult, ComplEx and RotatE, trained and measured.

```
data = read_link_folder(folder)
model = train(data.train, data.valid, KgeConfig(model="complex", dimension=64))
print(evaluate_link(model, data.test, data.known))
```

Needs torch, from the `embed` extra; only this module checks for it.
"""

from importlib.util import find_spec

from catalograph.errors import MissingExtraError

if find_spec("torch") is None:
    raise MissingExtraError("embed", "torch")

from catalograph.embed.kge.config import MODELS, PRESETS, KgeConfig, choose_config
from catalograph.embed.kge.evaluate import LinkMetrics, evaluate_link
from catalograph.embed.kge.train import train
from catalograph.embed.kge.trained_model import TrainedKge, load_kge
from catalograph.embed.kge.triples import LinkData, TripleSet, Vocabulary, read_link_folder
from catalograph.embed.processes import choose_device, is_first, process_group

__all__ = [
    "MODELS",
    "PRESETS",
    "KgeConfig",
    "LinkData",
    "LinkMetrics",
    "TrainedKge",
    "TripleSet",
    "Vocabulary",
    "choose_config",
    "choose_device",
    "evaluate_link",
    "is_first",
    "load_kge",
    "process_group",
    "read_link_folder",
    "train",
]
