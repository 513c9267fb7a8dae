"""Documents of the shop: policies, questions and answers, manuals, news; cut into passages."""

from catalograph.ingest.documents.run import DocumentOptions, ingest_documents

__all__ = ["DocumentOptions", "ingest_documents"]
