"""Graph networks: a relational attention network over interactions and facts, and LightGCN.

Needs torch, from the `embed` extra; the attention network samples with dgl, which only
`dgl_adapter` imports.
"""

from importlib.util import find_spec

from catalograph.errors import MissingExtraError

if find_spec("torch") is None:
    raise MissingExtraError("embed", "torch")

from catalograph.embed.graph.attention import RelationalAttention
from catalograph.embed.graph.config import AttentionConfig, GraphJobConfig, LightGCNConfig
from catalograph.embed.graph.lightgcn import LightGCN
from catalograph.embed.graph.network import UserItemVectors
from catalograph.embed.graph.training import TrainedNetwork, TrainingOptions, train
from catalograph.embed.processes import choose_device, is_first, process_group
from catalograph.embed.recommend.data import RecommendData

__all__ = [
    "AttentionConfig",
    "GraphJobConfig",
    "LightGCNConfig",
    "TrainedNetwork",
    "TrainingOptions",
    "UserItemVectors",
    "choose_device",
    "fit_light_gcn",
    "fit_relational_attention",
    "is_first",
    "process_group",
]


def fit_light_gcn(
    data: RecommendData,
    config: LightGCNConfig | None = None,
    *,
    device: str = "auto",
    options: TrainingOptions | None = None,
) -> TrainedNetwork:
    """Train LightGCN on interactions alone.

    Args:
        data: training data; its test part is not used.
        config: hyperparameters of the training.
        device: `cpu`, `cuda` or `auto`.
        options: callback for progress and folder for checkpoints.
    """
    config = config or LightGCNConfig()
    return train(
        data,
        config,
        lambda split, place: LightGCN(split, config, place),
        choose_device(device),
        options or TrainingOptions(),
    )


def fit_relational_attention(
    data: RecommendData,
    config: AttentionConfig | None = None,
    *,
    device: str = "auto",
    options: TrainingOptions | None = None,
) -> TrainedNetwork:
    """Train the relational attention network on interactions and facts.

    Args:
        data: training data; its test part is not used.
        config: hyperparameters of the training.
        device: `cpu`, `cuda` or `auto`.
        options: callback for progress and folder for checkpoints.

    Raises:
        MissingExtraError: dgl is not installed.
    """
    config = config or AttentionConfig()
    return train(
        data,
        config,
        lambda split, place: RelationalAttention(split, config, place),
        choose_device(device),
        options or TrainingOptions(),
    )
