"""What privacy costs a recommender, and what an attacker learns before and after.

- `lists`: lists by a public graph and private counts, ranked again for each release;
- `methods`: ways to use a release, all of them post-processing but for one that releases more;
- `rows`: the table of `catalograph eval private`;
- `attacks`: membership inference by shadow models, and the reconstruction of a rare shopper.
"""
