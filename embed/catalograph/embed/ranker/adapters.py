"""Adapters: a few new weights are trained instead of the encoder's own."""

from typing import Any

from peft import LoraConfig, PrefixTuningConfig, TaskType, get_peft_model
from torch import Tensor, nn

from catalograph.embed.ranker.settings import Adapter

_LORA_SCALE = 2


class Bottleneck(nn.Module):
    """A feed-forward sublayer followed by a bottleneck adapter: y + U·gelu(D·y).

    Houlsby et al. 2019 (arXiv:1902.00751), at the one place per layer that Pfeiffer et al. 2021
    (arXiv:2005.00247) found sufficient. U starts at zero, so the output is unchanged at first.

    Args:
        output: the wrapped sublayer.
        width: width of its states.
        size: width of the bottleneck.
    """

    def __init__(self, output: nn.Module, width: int, size: int) -> None:
        super().__init__()
        self.output = output
        self.down = nn.Linear(width, size)
        self.up = nn.Linear(size, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, hidden: Tensor, residual: Tensor) -> Tensor:
        """States after the sublayer, float [b, n, width]."""
        state: Tensor = self.output(hidden, residual)
        changed: Tensor = state + self.up(nn.functional.gelu(self.down(state)))
        return changed


def with_adapter(layers: Any, kind: Adapter, size: int) -> Any:
    """Freeze layers and add small trainable weights to them.

    LoRA (Hu et al. 2022) is applied to queries and values, the prefix (Li and Liang 2021) before
    the keys and values of each layer; both come from peft, which has no bottleneck adapter.

    Args:
        layers: a BERT of transformers; it is modified.
        kind: kind of the adapter; `none` leaves the layers as they are.
        size: rank, number of prefix tokens, or width of the bottleneck.
    """
    if kind == "none":
        return layers
    if kind == "lora":
        config: Any = LoraConfig(
            task_type=TaskType.FEATURE_EXTRACTION,
            r=size,
            lora_alpha=_LORA_SCALE * size,
            target_modules=["query", "value"],
        )
        return get_peft_model(layers, config)
    if kind == "prefix":
        config = PrefixTuningConfig(task_type=TaskType.FEATURE_EXTRACTION, num_virtual_tokens=size)
        return get_peft_model(layers, config)
    layers.requires_grad_(False)
    for layer in layers.encoder.layer:
        layer.output = Bottleneck(layer.output, int(layers.config.hidden_size), size)
    return layers
