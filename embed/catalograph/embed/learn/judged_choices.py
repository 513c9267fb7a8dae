"""The choices of the judged period as a matrix over the users of the past."""

import numpy as np

from catalograph.embed.learn.window import JudgedWindow
from catalograph.embed.recommend.matrices import Csr, incidence
from catalograph.store import GraphSnapshot

__all__ = ["judged_choices"]

_SCORES = 1_000_000_000
"""Maximum number of scores ranked for one version; more shoppers are sampled."""


def judged_choices(past: GraphSnapshot, window: JudgedWindow) -> Csr:
    """Return what known shoppers chose in the period; 0/1 [users of the past, items].

    Args:
        past: snapshot of what came before the period.
        window: the period.
    """
    users = {user: n for n, user in enumerate(past.users)}
    items = {key: n for n, key in enumerate(past.products)}
    known = sorted(user for user in window.chosen if user in users)
    most = max(1, _SCORES // max(1, len(items)))
    if len(known) > most:
        known = np.random.default_rng(0).choice(known, most, replace=False).tolist()
    pairs = np.array(
        [
            (users[user], items[key])
            for user in known
            for key in window.chosen[user]
            if key in items
        ],
        np.int64,
    ).reshape(-1, 2)
    return incidence(pairs[:, 0], pairs[:, 1], (len(users), len(items)))
