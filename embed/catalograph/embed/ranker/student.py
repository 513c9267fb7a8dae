"""The student: two towers, the products' computed ahead, taught by the teacher."""

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
    """Moves vectors a little: x + U·gelu(D·[x; extra]), at length one; U is zero at first."""

    def __init__(self, width: int, extra: int, hidden: int) -> None:
        super().__init__()
        self.down = nn.Linear(width + extra, hidden)
        self.up = nn.Linear(hidden, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, vectors: Tensor, extra: Tensor | None = None) -> Tensor:
        """Vectors of length one, float [n, width]."""
        told = vectors if extra is None else torch.cat([vectors, extra], -1)
        moved = vectors + self.up(nn.functional.gelu(self.down(told)))
        return nn.functional.normalize(moved, dim=-1)


class StudentNet(nn.Module):
    """score = w·features + s·cos(query tower, product tower).

    Args:
        width: of the text vectors.
        graph_width: of product and neighbourhood together; 0 without a graph.
        settings: the width of the towers' hidden layers is used.
        mixture: float [features], where w starts.
    """

    def __init__(
        self, width: int, graph_width: int, settings: StudentSettings, mixture: NDArray[np.float32]
    ) -> None:
        super().__init__()
        self.query = Tower(width, 0, settings.width)
        self.product = Tower(width, graph_width, settings.width)
        start = torch.from_numpy(mixture.copy())
        start[0] -= _SCALE_START  # the untrained towers give the cosine once more
        self.mixture = nn.Parameter(start)
        self.scale = nn.Parameter(torch.tensor(_SCALE_START))

    def forward(self, query: Tensor, products: Tensor, features: Tensor) -> Tensor:
        """Scores, float [c].

        Args:
            query: float [width], of the text encoder.
            products: float [c, width], of the product tower.
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
        vectors: float32 [products, width], the product tower's, computed ahead.
        products: what can be scored.
        evidence: the features.
        settings: it was trained with.
    """

    net: StudentNet
    vectors: NDArray[np.float32]
    products: Products
    evidence: BaselineFeatures
    settings: StudentSettings

    def score(self, query: str, products: Sequence[str]) -> NDArray[np.float32]:
        """As `TextRanker.score`."""
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
    """What the teacher said about the candidates of a query: rows int64, scores float32 [c]."""

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
        targets: the queries to learn from.
        products: what is ranked.
        evidence: features, with the neighbours of the same graph.
        graph: what the product tower is told besides the text; None for nothing.
        settings: with the weight of each loss; 0 leaves it out.
        mixture: float32 [features], the weights to start from.
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
