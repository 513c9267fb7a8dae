"""The four models in one form: compose a head with a relation, then compare with entities.

- distmult: q = h ∘ r, score q · t (Yang et al. 2015).
- complex: q = h ∘ r over complex numbers, score Re⟨q, conj t⟩ (Trouillon et al. 2016), which is
  q · t over reals where a vector holds the real parts and then the imaginary ones.
- transe: q = h + r, score −‖q − t‖ (Bordes et al. 2013).
- rotate: q = h ∘ e^{iθ}, score −Σ|q_k − t_k| (Sun et al. 2019); a relation is its angles θ.

A relation's index is below R forward and from R on inverse. Without reciprocal relations the
inverse follows from the algebra, so that `score(h, r, t) == score(t, r + R, h)`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from catalograph.embed.kge.config import BILINEAR, KgeConfig

_PAIRS = 1 << 22
"""Maximum number of reals in a block when distances are computed pair by pair."""


class KgeModel(nn.Module):
    """Vectors of entities and relations, and the score of a triple.

    Attributes:
        entity: [entities, width]; width is the dimension, doubled for complex numbers.
        relation: [R or 2R, width of a relation]; see the module.
    """

    def __init__(self, config: KgeConfig, entities: int, relations: int) -> None:
        super().__init__()
        self.config = config
        self.relations = relations
        self.bilinear = config.model in BILINEAR
        width = config.dimension * (2 if config.model in ("complex", "rotate") else 1)
        rows = relations * (2 if config.reciprocal else 1)
        random = torch.Generator().manual_seed(config.seed)
        self.entity = nn.Parameter(_initialise(entities, width, config.init, random))
        if config.model == "rotate":
            angles = torch.rand(rows, config.dimension, generator=random)
            self.relation = nn.Parameter((2 * angles - 1) * torch.pi)
        else:
            self.relation = nn.Parameter(_initialise(rows, width, config.init, random))

    def relation_rows(self, index: Tensor) -> Tensor:
        """Return vectors to compose with, [n, width], by index below 2R."""
        if self.config.reciprocal:
            return self._to_rotation(self.relation.index_select(0, index))
        rows = self._to_rotation(self.relation.index_select(0, index % self.relations))
        inverse = (index >= self.relations).unsqueeze(1)
        return torch.where(inverse, self._inverse(rows), rows)

    def compose(self, heads: Tensor, relations: Tensor) -> Tensor:
        """Compose vectors of heads with `relation_rows` into queries, [n, width]."""
        if self.config.model == "transe":
            return heads + relations
        if self.config.model == "distmult":
            return heads * relations
        return _complex_product(heads, relations)

    def score_between(self, heads: Tensor, tails: Tensor) -> Tensor:
        """Return vectors whose inner product with a relation scores it between two entities.

        [n, width], bilinear models only: `compose(h, r) · t == between(h, t) · r`.
        """
        if self.config.model == "distmult":
            return heads * tails
        a, b = heads.chunk(2, dim=1)
        x, y = tails.chunk(2, dim=1)
        return torch.cat((a * x + b * y, a * y - b * x), dim=1)

    def pair_scores(self, queries: Tensor, entities: Tensor) -> Tensor:
        """Score each query with the entity in the same row, [n]."""
        if self.bilinear:
            return (queries * entities).sum(-1)
        difference = queries - entities
        if self.config.model == "rotate":
            return -_moduli(difference).sum(-1)
        distances: Tensor = torch.linalg.vector_norm(difference, self.config.norm, dim=-1)
        return -distances

    def scores(self, queries: Tensor, entities: Tensor) -> Tensor:
        """Score each query with each entity, [n, m]."""
        if self.bilinear:
            return queries @ entities.T
        if self.config.model == "rotate":
            return _in_blocks(self.pair_scores, queries, entities)
        return -torch.cdist(queries, entities, p=float(self.config.norm))

    def queries(self, heads: Tensor, relations: Tensor) -> Tensor:
        """Return queries by index of head and relation (below 2R), [n, width]."""
        return self.compose(self.entity.index_select(0, heads), self.relation_rows(relations))

    def relation_vectors(self) -> Tensor:
        """Return all relations in the form of `compose`, forward and then inverse, [2R, width]."""
        return self.relation_rows(torch.arange(2 * self.relations, device=self.relation.device))

    def _to_rotation(self, rows: Tensor) -> Tensor:
        return torch.cat((rows.cos(), rows.sin()), 1) if self.config.model == "rotate" else rows

    def _inverse(self, rows: Tensor) -> Tensor:
        if self.config.model == "transe":
            return -rows
        if self.config.model == "distmult":
            return rows
        real, imaginary = rows.chunk(2, dim=1)
        return torch.cat((real, -imaginary), dim=1)


def n3_norms(rows: Tensor, *, pairs: bool) -> Tensor:
    """Return Σ|x_k|³ of each row, [n]; with `pairs`, of complex numbers (Lacroix et al. 2018)."""
    if not pairs:
        return rows.abs().pow(3).sum(1)
    real, imaginary = rows.chunk(2, dim=1)
    squares = real.square() + imaginary.square()
    # The root has no derivative at 0, which an initial vector or an unseen entity may reach.
    return (squares * (squares + 1e-20).sqrt()).sum(1)


def _initialise(rows: int, width: int, scale: float, random: torch.Generator) -> Tensor:
    if scale:
        return torch.randn(rows, width, generator=random) * scale
    uniform = torch.rand(rows, width, generator=random).mul_(2).sub_(1)
    return uniform * math.sqrt(6 / width)


def _complex_product(x: Tensor, y: Tensor) -> Tensor:
    a, b = x.chunk(2, dim=-1)
    c, d = y.chunk(2, dim=-1)
    return torch.cat((a * c - b * d, a * d + b * c), dim=-1)


def _moduli(x: Tensor) -> Tensor:
    real, imaginary = x.chunk(2, dim=-1)
    return (real.square() + imaginary.square() + 1e-20).sqrt()


def _in_blocks(
    score: Callable[[Tensor, Tensor], Tensor], queries: Tensor, entities: Tensor
) -> Tensor:
    rows = max(1, _PAIRS // max(1, entities.numel()))
    return torch.cat([score(block, entities) for block in torch.split(queries.unsqueeze(1), rows)])
