"""Entity resolution: find products that are the same, reversibly.

Heavy packages are imported inside the functions that train or apply a scorer, since a run with
rules needs none of them.
"""
