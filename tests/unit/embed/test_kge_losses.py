"""The losses: by hand, and against the plain form they stand for."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from catalograph.embed.kge.config import KgeConfig
from catalograph.embed.kge.losses import Objective, margin_loss
from catalograph.embed.kge.models import KgeModel, n3_norms
from catalograph.embed.kge.queries import Queries, QueryBatch

ENTITIES, RELATIONS = 9, 3
CONFIG = KgeConfig(dimension=4, init=0.5, precision="float32", seed=3)


def facts(n: int = 40) -> np.ndarray:
    random = np.random.default_rng(7)
    high = [ENTITIES, 2 * RELATIONS, ENTITIES]
    return np.unique(random.integers(0, high, size=(n, 3)), axis=0)


def whole(queries: Queries) -> QueryBatch:
    rows = np.arange(len(queries))
    place, answers = queries.take(rows)
    heads, relations = torch.from_numpy(queries.heads), torch.from_numpy(queries.relations)
    random = torch.Generator().manual_seed(1)
    return QueryBatch(heads, relations, torch.from_numpy(place), torch.from_numpy(answers), random)


def loss_and_gradients(config: KgeConfig, batch: QueryBatch) -> tuple[float, list[Tensor]]:
    model = KgeModel(config, ENTITIES, RELATIONS)
    loss: Tensor = Objective(model, torch.float32)(batch)
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = [parameter.grad for parameter in model.parameters()]
    return loss.item(), [gradient for gradient in gradients if gradient is not None]


def plain(config: KgeConfig) -> tuple[float, list[Tensor]]:
    """Cross-entropy a triple, with everything dense and every gradient left to torch."""
    model = KgeModel(config, ENTITIES, RELATIONS)
    h, r, t = torch.from_numpy(facts()).T
    scores = model.scores(model.queries(h, r), model.entity)
    loss = torch.nn.functional.cross_entropy(scores, t)
    heads, relations, tails = model.entity[h], model.relation_rows(r), model.entity[t]
    if config.n3:
        pairs = config.model == "complex"
        norms = [n3_norms(rows, pairs=pairs) for rows in (heads, relations, tails)]
        loss = loss + config.n3 * torch.stack(norms).sum(0).mean()
    if config.relation_weight:
        every = torch.arange(2 * RELATIONS)
        by_relation = torch.stack(
            [model.pair_scores(model.queries(h, every[i].expand_as(h)), tails) for i in every], 1
        )
        loss = loss + config.relation_weight * torch.nn.functional.cross_entropy(by_relation, r)
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = [parameter.grad for parameter in model.parameters()]
    return loss.item(), [gradient for gradient in gradients if gradient is not None]


@pytest.mark.parametrize("queries", ["kvsall", "1vsall"])
@pytest.mark.parametrize("reciprocal", [True, False])
@pytest.mark.parametrize("model", ["complex", "distmult", "transe", "rotate"])
def test_the_softmax_is_the_cross_entropy_of_each_triple(
    model: str, reciprocal: bool, queries: str
) -> None:
    config = replace(CONFIG, model=model, reciprocal=reciprocal, queries=queries)
    if model in ("complex", "distmult"):
        config = replace(config, n3=0.3, relation_weight=0.7)
    batch = whole(Queries.of(facts(), grouped=queries == "kvsall"))

    loss, gradients = loss_and_gradients(config, batch)

    expected, expected_gradients = plain(config)
    assert loss == pytest.approx(expected, rel=1e-5)
    for mine, theirs in zip(gradients, expected_gradients, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_one_row_a_query_has_fewer_rows_than_one_a_triple() -> None:
    assert len(Queries.of(facts(), grouped=True)) < len(Queries.of(facts(), grouped=False))


@pytest.mark.parametrize("n3", [0.0, 0.3])
def test_dropout_leaves_out_coordinates_of_queries_and_is_scaled_up(n3: float) -> None:
    config = replace(CONFIG, model="distmult", dropout=0.25, n3=n3)
    batch = whole(Queries.of(facts(), grouped=False))
    loss, _ = loss_and_gradients(config, batch)

    random = torch.Generator().manual_seed(1)
    model = KgeModel(config, ENTITIES, RELATIONS)
    heads, relations = model.entity[batch.heads], model.relation_rows(batch.relations)
    head_kept, relation_kept = (torch.rand(len(heads), 4, generator=random) > 0.25 for _ in "hr")
    queries = heads * head_kept / 0.75 * (relations * relation_kept / 0.75)
    expected = torch.nn.functional.cross_entropy(queries @ model.entity.T, batch.answers)
    for rows in (heads, relations, model.entity[batch.answers]):  # whole, whatever is left out
        expected = expected + n3 * n3_norms(rows, pairs=False).mean()
    assert not head_kept.all()
    assert loss == pytest.approx(expected.item(), rel=1e-5)


def test_bfloat16_gives_nearly_the_same_gradient() -> None:
    batch = whole(Queries.of(facts(), grouped=True))
    gradients = []
    for precision in (torch.float32, torch.bfloat16):
        model = KgeModel(CONFIG, ENTITIES, RELATIONS)
        loss: Tensor = Objective(model, precision)(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        assert model.entity.grad is not None
        gradients.append(model.entity.grad)
    assert torch.linalg.norm(gradients[1] - gradients[0]) < 0.02 * torch.linalg.norm(gradients[0])


@pytest.mark.parametrize(("norm", "expected"), [(1, 3.0 + 0.0), (2, 2.0 + 1.0)])
def test_the_margin_loss_by_hand(norm: int, expected: float) -> None:
    # d(h + r, t): h + r = (1, 1), t = (1, 3), so 2 in both norms.
    # Corrupted tails: (1, 2): d' = 1, so 2 − 1 + 1 = 2; (4, 5): d' = 7 or 5, so 0 in both.
    # Second triple: h + r = (0, 0), t = (0, 0), d = 0; corruption (0, 0) costs γ = 1,
    # and (0.5, 0.5) costs 1 − 1 = 0 by norm 1 and 1 − √½ by norm 2.
    model = KgeModel(KgeConfig(model="transe", dimension=2, norm=norm), 2, 1)
    queries = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    right = model.pair_scores(queries, torch.tensor([[1.0, 3.0], [0.0, 0.0]]))
    corrupt = torch.tensor([[[1.0, 2.0], [4.0, 5.0]], [[0.0, 0.0], [0.5, 0.5]]])
    wrong = model.pair_scores(queries.unsqueeze(1), corrupt)

    loss = margin_loss(right, wrong, 1.0)

    extra = 0.0 if norm == 1 else 1 - 0.5**0.5
    assert loss.item() == pytest.approx((2 + 0 + 1 + extra) / 4)


def test_many_negatives_give_nearly_the_softmax_over_all_entities() -> None:
    # Rows with one answer each: the sum over draws without it stands for that over the others.
    triples = facts()
    _, first = np.unique(triples[:, :2], axis=0, return_index=True)
    batch = whole(Queries.of(triples[first], grouped=False))

    sampled, _ = loss_and_gradients(replace(CONFIG, negatives=20_000), batch)

    full, _ = loss_and_gradients(CONFIG, batch)
    assert sampled == pytest.approx(full, rel=0.01)


@pytest.mark.parametrize("loss", ["softmax", "self-adversarial"])
def test_a_row_whose_negatives_all_answer_it_pushes_nothing_away(loss: str) -> None:
    config = replace(CONFIG, loss=loss, negatives=4)
    everything = np.array([[0, 0, tail] for tail in range(ENTITIES)])
    value, gradients = loss_and_gradients(config, whole(Queries.of(everything, grouped=True)))
    assert np.isfinite(value)
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_the_self_adversarial_loss_by_its_formula() -> None:
    config = replace(
        CONFIG, model="rotate", loss="self-adversarial", negatives=5, margin=2.0, temperature=0.5
    )
    queries = Queries.of(facts(), grouped=False)
    loss, _ = loss_and_gradients(config, whole(queries))

    model = KgeModel(config, ENTITIES, RELATIONS)
    drawn = torch.randint(ENTITIES, (5,), generator=torch.Generator().manual_seed(1)).tolist()
    expected = []
    for h, r, t in zip(queries.heads, queries.relations, queries.answers, strict=True):
        query = model.queries(torch.tensor([h]), torch.tensor([r]))
        distances = (query - model.entity).view(ENTITIES, 2, -1).norm(dim=1).sum(1)
        wrong = distances[[x for x in drawn if x != t]]
        weights = torch.softmax(-0.5 * wrong, 0)
        logs = -torch.nn.functional.logsigmoid(wrong - 2.0)
        own = -torch.nn.functional.logsigmoid(2.0 - distances[t])
        expected.append((own + (weights * logs).sum()).item() / 2)
    assert loss == pytest.approx(np.mean(expected), rel=1e-4)
