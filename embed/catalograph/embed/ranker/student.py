"""The student: two towers with precomputed product vectors, distilled from the teacher."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from catalograph.embed.ranker.baseline_features import BaselineFeatures, QueryFeatures
from catalograph.embed.ranker.data import Products
from catalograph.embed.ranker.examples import QueryExample
from catalograph.embed.ranker.graph import ProductGraph
from catalograph.embed.ranker.losses import outputs, triples
from catalograph.embed.ranker.ranker import rows_of
from catalograph.embed.ranker.settings import StudentSettings
from catalograph.embed.recommend.matrices import Ints

_SCALE_START = 5.0


class Tower(nn.Module):
    """Adjusts vectors: x + U·gelu(D·[x; extra]), scaled to length one; U starts at zero."""

    def __init__(self, width: int, extra: int, hidden: int) -> None:
        super().__init__()
        self.down = nn.Linear(width + extra, hidden)
        self.up = nn.Linear(hidden, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, vectors: Tensor, extra: Tensor | None = None) -> Tensor:
        """Return vectors of length one, float [n, width]."""
        told = vectors if extra is None else torch.cat([vectors, extra], -1)
        moved = vectors + self.up(nn.functional.gelu(self.down(told)))
        return nn.functional.normalize(moved, dim=-1)


class StudentNet(nn.Module):
    """score = w·features + s·cos(query tower, product tower).

    Args:
        width: length of the text vectors.
        graph_width: length of product and neighbourhood vectors together; 0 without a graph.
        settings: settings, of which the towers' hidden width is used.
        mixture: float [features], initial w.
    """

    def __init__(
        self, width: int, graph_width: int, settings: StudentSettings, mixture: NDArray[np.float32]
    ) -> None:
        super().__init__()
        self.query = Tower(width, 0, settings.width)
        self.product = Tower(width, graph_width, settings.width)
        start = torch.from_numpy(mixture.copy())
        start[0] -= _SCALE_START  # untrained towers add the cosine again, with this scale
        self.mixture = nn.Parameter(start)
        self.scale = nn.Parameter(torch.tensor(_SCALE_START))

    def forward(self, query: Tensor, products: Tensor, features: Tensor) -> Tensor:
        """Compute the scores, float [c].

        Args:
            query: float [width], vector from the text encoder.
            products: float [c, width], vectors from the product tower.
            features: float [c, features].
        """
        asked = self.query(query[None])[0]
        scores: Tensor = features @ self.mixture + self.scale * (products @ asked)
        return scores


@dataclass(frozen=True)
class Student:
    """A trained student.

    Attributes:
        net: the towers.
        vectors: float32 [products, width], precomputed vectors of the product tower.
        products: products that can be scored.
        evidence: features.
        settings: training settings.
    """

    net: StudentNet
    vectors: NDArray[np.float32]
    products: Products
    evidence: BaselineFeatures
    settings: StudentSettings

    def score(self, query: str, products: Sequence[str]) -> NDArray[np.float32]:
        """Score products by their keys, like `TextRanker.score`."""
        return self.score_rows(self.evidence.ask(query), rows_of(self.products, products))

    def score_rows(self, asked: QueryFeatures, rows: Ints) -> NDArray[np.float32]:
        """Score products, float32 [c], by their rows, int64 [c]; higher is better."""
        with torch.inference_mode():
            scores: NDArray[np.float32] = self.net(
                torch.from_numpy(asked.vector),
                torch.from_numpy(self.vectors[rows]),
                torch.from_numpy(asked.features[rows]),
            ).numpy()
        return scores


@dataclass(frozen=True)
class TeacherTargets:
    """The teacher's scores of a query's candidates: rows int64, scores float32 [c]."""

    example: QueryExample
    rows: Ints
    scores: NDArray[np.float32]


def fit_student(
    targets: Sequence[TeacherTargets],
    products: Products,
    evidence: BaselineFeatures,
    graph: ProductGraph | None,
    settings: StudentSettings,
    mixture: NDArray[np.float32],
) -> Student:
    """Distil a teacher.

    Args:
        targets: training queries with the teacher's scores.
        products: products to rank.
        evidence: features, with the neighbours of the same graph.
        graph: graph as input of the product tower besides the text; None for text alone.
        settings: settings with the weight of each loss; 0 leaves it out.
        mixture: float32 [features], initial weights of the features.
    """
    torch.manual_seed(settings.seed)
    texts = torch.from_numpy(evidence.vectors)
    told = None if graph is None else torch.from_numpy(_graph_vectors(graph))
    net = StudentNet(texts.shape[1], 0 if told is None else told.shape[1], settings, mixture)
    optimizer = torch.optim.AdamW(
        net.parameters(), lr=settings.rate, weight_decay=settings.weight_decay
    )
    rng = np.random.default_rng(settings.seed)
    for _ in range(settings.epochs):
        for n in rng.permutation(len(targets)):
            own = targets[n]
            optimizer.zero_grad()
            products_of = net.product(texts[own.rows], None if told is None else told[own.rows])
            features = torch.from_numpy(own.example.asked.features[own.rows])
            scores = net(torch.from_numpy(own.example.asked.vector), products_of, features)
            _loss(scores, own, settings).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    with torch.inference_mode():
        ready: NDArray[np.float32] = net.product(texts, told).numpy()
    return Student(net, ready, products, evidence, settings)


def _loss(scores: Tensor, targets: TeacherTargets, settings: StudentSettings) -> Tensor:
    judged = torch.from_numpy(np.isin(targets.rows, targets.example.query.rows))
    ratings = torch.from_numpy(targets.example.ratings(targets.rows))
    loss = scores.sum() * 0
    if settings.outputs:
        said = outputs(scores, torch.from_numpy(targets.scores), settings.temperature)
        loss = loss + settings.outputs * said
    if settings.triples:
        loss = loss + settings.triples * triples(scores[judged], ratings[judged], settings.margin)
    return loss


def _graph_vectors(graph: ProductGraph) -> NDArray[np.float32]:
    return np.concatenate([graph.vectors, graph.mean_of_neighbours(graph.vectors)], axis=1)
