"""Analysts' questions as Cypher: of a query plan by rules, or written by a language model.

Nothing here runs a statement. What a model writes is held against the ontology, the analysts' gate
and the database's EXPLAIN before anybody may.
"""

from catalograph.assistant.cypher.model_statements import write_statement
from catalograph.assistant.cypher.planned_statements import offer_statement
from catalograph.assistant.cypher.statement import GraphStatement, StatementCheck

__all__ = ["GraphStatement", "StatementCheck", "offer_statement", "write_statement"]
