"""Entity resolution: which products are one and the same, safely and reversibly.

Heavy packages are imported inside the functions that train or apply a scorer; a run with rules
needs none of them.
"""
