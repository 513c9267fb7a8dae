"""A text ranker that knows the graph: a transformer over query and product, fused with its node.

`catalograph.evaluation.ranker` measures it; `persistence` trains, saves and loads it.
"""

from catalograph.errors import MissingExtraError

for _module in ("torch", "transformers", "sentence_transformers", "scipy", "peft"):
    try:
        __import__(_module)
    except ImportError as exc:
        raise MissingExtraError("embed", exc.name or _module) from exc
