"""Measure implicit matrix factorisation (ALS) as `catalograph eval recommend` measures others.

    pip install implicit==0.7.3
    OPENBLAS_NUM_THREADS=1 python benchmarks/als.py DATA --json

DATA is a folder in the form of amazon_beauty_pgpr. ALS (Hu, Koren and Volinsky 2008) is what Spark
distributes as `pyspark.ml.recommendation.ALS(implicitPrefs=True)`; `implicit` fits the same model
on one machine, with the same hyperparameters: rank, λ (which Spark scales by a user's number of
events), α and the number of iterations. These are searched for with Optuna, `--trials` of them, on
the validation split on which the project's own ones were tuned, then fitted on the whole training
part and measured once on the test part. `catalograph eval recommend DATA` has the rows to compare.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares

from catalograph.embed.recommend import RecommendData, hold_out, rank_users, read_folder
from catalograph.embed.recommend.data import sample_tested
from catalograph.embed.recommend.matrices import Csr, Floats
from catalograph.embed.recommend.ranking import measure
from catalograph.ml.profiling import Profiler

TUNING_SEED = 0
TUNED_USERS = 5_000
"""Shoppers of the validation split who are ranked for in the search."""


@dataclass(frozen=True)
class AlsConfig:
    """Hyperparameters of ALS."""

    factors: int
    regularization: float
    alpha: float
    iterations: int


@dataclass(frozen=True)
class Factors:
    """Fitted vectors, which score users by their numbers."""

    users: Floats
    items: Floats

    def score_users(self, users: Any) -> Floats:
        """Score all items for some users; float [users, items]."""
        scores: Floats = self.users[users] @ self.items.T
        return scores


def fit_als(train: Csr, config: AlsConfig, seed: int) -> Factors:
    """Fit ALS to 0/1 interactions [users, items]."""
    model = AlternatingLeastSquares(
        factors=config.factors,
        regularization=config.regularization,
        alpha=config.alpha,
        iterations=config.iterations,
        random_state=seed,
        num_threads=0,
    )
    model.fit(sp.csr_matrix(train), show_progress=False)
    return Factors(np.asarray(model.user_factors), np.asarray(model.item_factors))


def search(data: RecommendData, trials: int, seed: int) -> tuple[AlsConfig, float]:
    """Return the best hyperparameters on the validation split, and their NDCG@10 there."""
    split = sample_tested(hold_out(data, TUNING_SEED), TUNED_USERS, TUNING_SEED)

    def score(trial: optuna.Trial) -> float:
        config = AlsConfig(
            trial.suggest_int("factors", 16, 256, log=True),
            trial.suggest_float("regularization", 1e-3, 100.0, log=True),
            trial.suggest_float("alpha", 0.3, 100.0, log=True),
            trial.suggest_int("iterations", 5, 20),
        )
        fitted = fit_als(split.train, config, seed)
        found = rank_users(fitted, split, 10).metrics()["ndcg@10"]
        print(f"{found:.4f} {config}", file=sys.stderr, flush=True)
        return found

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(score, n_trials=trials)
    return AlsConfig(**study.best_params), float(study.best_value)


def main() -> None:
    """Search, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    data = read_folder(arguments.data)
    begun = time.perf_counter()
    config, validated = search(data, arguments.trials, arguments.seed)
    searched = round(time.perf_counter() - begun)
    with Profiler() as watch:
        metrics, n = measure(fit_als(data.train, config, arguments.seed), data, 10)
    told = {**asdict(config), "validation": validated, "search_seconds": searched}
    row = watch.row("als", metrics, n, told)
    if arguments.json:
        print(json.dumps({"command": "als", "rows": [asdict(row)]}))
        return
    print(f"NDCG@10 {metrics['ndcg@10']:.4f}, {n:,} users, {row.seconds:.1f} s, {config}")


if __name__ == "__main__":
    main()
