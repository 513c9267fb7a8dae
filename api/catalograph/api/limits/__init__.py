"""Limits of a request: measured in one pass over the document, before anything is executed."""

from catalograph.api.limits.cost import evaluate
from catalograph.api.limits.guard import AdmittedOperation, CheckedDocument, Documents, Guard
from catalograph.api.limits.measure import MeasuredOperation, measure_document, pairs_alike

__all__ = [
    "AdmittedOperation",
    "CheckedDocument",
    "Documents",
    "Guard",
    "MeasuredOperation",
    "evaluate",
    "measure_document",
    "pairs_alike",
]
