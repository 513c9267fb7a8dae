"""Limits of a request: measured in one pass over the document, before anything is executed."""

from catalograph.api.limits.cost import evaluate
from catalograph.api.limits.guard import Checked, Documents, Guard, Guarded
from catalograph.api.limits.measure import MeasuredOperation, measure_document, pairs_alike

__all__ = [
    "Checked",
    "Documents",
    "Guard",
    "Guarded",
    "MeasuredOperation",
    "evaluate",
    "measure_document",
    "pairs_alike",
]
