"""The losses, as a module that takes a batch and returns the value to minimise."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from catalograph.embed.kge.config import KgeConfig
from catalograph.embed.kge.models import KgeModel, n3_norms
from catalograph.embed.kge.queries import QueryBatch

_TINY = 1e-30
"""Lower bound of a probability in a reported loss."""
_NEAR = 1e-12
"""Minimum squared distance: the root has no derivative at 0."""


class Objective(nn.Module):
    """The loss of a configuration; its parameters are those of the model.

    The softmax over all entities takes most of the time. For inner products and for TransE's
    distance with norm 2, it reuses a block of memory for the scores and computes its gradient by
    hand; inner products are computed in the configured precision.
    """

    def __init__(self, model: KgeModel, precision: torch.dtype) -> None:
        super().__init__()
        self.model = model
        self.config = model.config
        self._precision = precision
        self._blocks: dict[str, Tensor] = {}

    def forward(self, batch: QueryBatch) -> Tensor:
        """Compute the mean loss per triple of the batch, including regularisation."""
        config, model = self.config, self.model
        # One look-up for all rows: each look-up costs a gradient as large as the whole table.
        with_tails = bool(config.n3 or config.relation_weight or config.negatives)
        wanted = torch.cat((batch.heads, batch.answers)) if with_tails else batch.heads
        rows = model.entity.index_select(0, wanted)
        heads, tails = rows[: len(batch.heads)], rows[len(batch.heads) :]
        relations = model.relation_rows(batch.relations)
        queries = model.compose(self._drop_out(heads, batch), self._drop_out(relations, batch))
        loss = self._main(queries, tails, batch)
        if config.n3:
            loss = loss + config.n3 * self._n3(heads, relations, tails, batch)
        if config.relation_weight:
            loss = loss + config.relation_weight * self._relation(heads, tails, batch)
        return loss

    def _drop_out(self, vectors: Tensor, batch: QueryBatch) -> Tensor:
        """Drop a share of the vectors' coordinates and scale up the others in compensation."""
        share = self.config.dropout
        if not share:
            return vectors
        # Not torch's dropout: it draws from the process's state, which no checkpoint stores.
        kept = torch.rand(vectors.shape, generator=batch.random) >= share
        return vectors * kept.to(vectors.device) / (1 - share)

    def _main(self, queries: Tensor, tails: Tensor, batch: QueryBatch) -> Tensor:
        if self.config.loss == "margin":
            return self._margin(queries, tails, batch)
        if self.config.negatives:
            return self._score_samples(queries, tails, batch)
        if self.model.bilinear:
            return self._inner("entities", queries, self.model.entity, batch.row, batch.answers)
        if self.config.model == "transe" and self.config.norm == 2:
            return self._euclidean(queries, batch)
        scores = self.model.scores(queries, self.model.entity)
        each = torch.logsumexp(scores, 1)[batch.row] - scores[batch.row, batch.answers]
        return each.mean()

    def _inner(
        self, name: str, queries: Tensor, candidates: Tensor, row: Tensor, answers: Tensor
    ) -> Tensor:
        scores = self._block(name, len(queries), len(candidates), self._precision)
        loss: Tensor = _InnerSoftmax.apply(  # type: ignore[no-untyped-call]
            queries, candidates, row, answers, scores
        )
        return loss

    def _euclidean(self, queries: Tensor, batch: QueryBatch) -> Tensor:
        entities = self.model.entity
        distances, shares = (
            self._block(name, len(queries), len(entities), torch.float32)
            for name in ("distances", "shares")
        )
        loss: Tensor = _EuclideanSoftmax.apply(  # type: ignore[no-untyped-call]
            queries, entities, batch.row, batch.answers, distances, shares
        )
        return loss

    def _block(self, name: str, rows: int, columns: int, precision: torch.dtype) -> Tensor:
        """Return memory that every step reuses."""
        size = rows * columns
        block = self._blocks.get(name)
        if block is None or block.numel() < size:
            device = self.model.entity.device
            self._blocks[name] = block = torch.empty(size, dtype=precision, device=device)
        return block[:size].view(rows, columns)

    def _score_samples(self, queries: Tensor, tails: Tensor, batch: QueryBatch) -> Tensor:
        entities = self.model.entity
        drawn = torch.randint(len(entities), (self.config.negatives,), generator=batch.random).to(
            entities.device
        )
        scores = self.model.scores(queries, entities.index_select(0, drawn))
        # Not minus infinity: a row may have no negative left, and its gradient must then be 0.
        scores = scores.masked_fill(
            _mask_answers(batch, drawn, len(entities)), torch.finfo(scores.dtype).min
        )
        right = self.model.pair_scores(queries[batch.row], tails)
        if self.config.loss == "softmax":
            # Drawn uniformly, so each represents this many (Bengio and Senécal 2008).
            stands_for = math.log(len(entities) / len(drawn))
            wrong = torch.logsumexp(scores, 1) + stands_for
            return functional.softplus(wrong[batch.row] - right).mean()
        return self._self_adversarial(right, scores, batch)

    def _self_adversarial(self, right: Tensor, scores: Tensor, batch: QueryBatch) -> Tensor:
        margin = self.config.margin
        weights = torch.softmax(self.config.temperature * scores, 1).detach()
        wrong = (weights * functional.softplus(margin + scores)).sum(1)
        return (functional.softplus(-margin - right) + wrong[batch.row]).mean() / 2

    def _margin(self, queries: Tensor, tails: Tensor, batch: QueryBatch) -> Tensor:
        entities = self.model.entity
        drawn = torch.randint(
            len(entities), (len(tails) * self.config.negatives,), generator=batch.random
        ).to(entities.device)
        corrupt = entities.index_select(0, drawn).view(len(tails), self.config.negatives, -1)
        mine = queries[batch.row]
        right = self.model.pair_scores(mine, tails)
        wrong = self.model.pair_scores(mine.unsqueeze(1), corrupt)
        return margin_loss(right, wrong, self.config.margin)

    def _n3(self, heads: Tensor, relations: Tensor, tails: Tensor, batch: QueryBatch) -> Tensor:
        pairs = self.config.model == "complex"
        rows = n3_norms(heads, pairs=pairs) + n3_norms(relations, pairs=pairs)
        return rows[batch.row].mean() + n3_norms(tails, pairs=pairs).mean()

    def _relation(self, heads: Tensor, tails: Tensor, batch: QueryBatch) -> Tensor:
        between = self.model.score_between(heads[batch.row], tails)
        own = torch.arange(len(tails), device=tails.device)
        relations = self.model.relation_vectors()
        return self._inner("relations", between, relations, own, batch.relations[batch.row])


def margin_loss(right: Tensor, wrong: Tensor, margin: float) -> Tensor:
    """Return the mean over pairs of [γ − s + s']₊, with scores s = −d: that is [d − d' + γ]₊.

    Args:
        right: scores of the triples, [n].
        wrong: scores of their corruptions, [n, negatives].
        margin: γ.
    """
    return functional.relu(margin - right.unsqueeze(1) + wrong).mean()


def score_precision(config: KgeConfig, device: torch.device) -> torch.dtype:
    """Return the precision of score products; `auto` is bfloat16 if the hardware supports it."""
    if config.precision != "auto":
        return torch.bfloat16 if config.precision == "bfloat16" else torch.float32
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        fast = _multiplies_bfloat16()
    return torch.bfloat16 if fast else torch.float32


def _multiplies_bfloat16() -> bool:
    # torch has no public function for this.
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()  # noqa: SLF001


def _mask_answers(batch: QueryBatch, drawn: Tensor, entities: int) -> Tensor:
    """Return which drawn entities answer which row, [rows, drawn]; these are no negatives."""
    answered = torch.zeros((len(batch.heads), len(drawn)), dtype=torch.bool, device=drawn.device)
    marked = torch.zeros(entities, dtype=torch.bool, device=drawn.device)
    marked[drawn] = True
    hits = marked[batch.answers].nonzero().squeeze(1)
    same = batch.answers[hits].unsqueeze(1) == drawn
    found, places = same.nonzero(as_tuple=True)
    answered[batch.row[hits[found]], places] = True
    return answered


def _softmax_gradient(scores: Tensor, row: Tensor, answers: Tensor) -> tuple[Tensor, Tensor]:
    """Replace the scores by the gradient of the cross-entropy, in place.

    With p the softmax, the gradient is (c p − Σ one-hot of the answers) / m for a row with c
    answers of m in total: the only dense matrix is p itself.

    Args:
        scores: [rows, candidates]; replaced by p − Σ one-hot / c.
        row: row of each answer, [m].
        answers: candidate of each answer, [m].

    Returns:
        The mean loss per answer, and the remaining weight c / m of each row, [rows, 1].
    """
    torch.softmax(scores, 1, out=scores)
    right = scores[row, answers].float()
    counts = torch.bincount(row, minlength=len(scores)).float()
    scores.index_put_((row, answers), -(1 / counts[row]).to(scores.dtype), accumulate=True)
    return -right.clamp_min(_TINY).log().mean(), (counts / len(answers)).unsqueeze(1)


class _InnerSoftmax(torch.autograd.Function):
    """−mean over answers of log softmax(Q Cᵀ)[row, answer]."""

    @staticmethod
    def forward(
        ctx: Any, queries: Tensor, candidates: Tensor, row: Tensor, answers: Tensor, block: Tensor
    ) -> Tensor:
        q, c = queries.to(block.dtype), candidates.to(block.dtype)
        torch.mm(q, c.T, out=block)
        loss, ctx.weights = _softmax_gradient(block, row, answers)
        ctx.save_for_backward(q, c)
        ctx.block = block
        return loss

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        q, c = ctx.saved_tensors
        weights = ctx.weights * gradients[0]
        for_queries = torch.mm(ctx.block, c).float() * weights
        for_candidates = torch.mm(ctx.block.T, (q * weights).to(q.dtype)).float()
        return for_queries, for_candidates, None, None, None


class _EuclideanSoftmax(torch.autograd.Function):
    """−mean over answers of log softmax(−‖q − c‖)[row, answer].

    Squared distances come from one matrix product. With g the gradient of half of them, the
    gradients of the vectors are q Σ g − g C and c Σ g − gᵀ Q; g overwrites the softmax.
    """

    @staticmethod
    def forward(
        ctx: Any,
        queries: Tensor,
        candidates: Tensor,
        row: Tensor,
        answers: Tensor,
        distances: Tensor,
        shares: Tensor,
    ) -> Tensor:
        torch.mm(queries, candidates.T, out=distances)
        distances.mul_(-2).add_(queries.square().sum(1, keepdim=True))
        distances.add_(candidates.square().sum(1)).clamp_min_(_NEAR).sqrt_()
        torch.neg(distances, out=shares)
        loss, ctx.weights = _softmax_gradient(shares, row, answers)
        ctx.save_for_backward(queries, candidates)
        ctx.block = shares.div_(distances)
        return loss

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        q, c = ctx.saved_tensors
        block, weights = ctx.block, -ctx.weights * gradients[0]
        for_queries = (q * block.sum(1, keepdim=True) - block @ c) * weights
        for_candidates = c * (block.T @ weights) - block.T @ (q * weights)
        return for_queries, for_candidates, None, None, None, None
