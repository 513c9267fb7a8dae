"""Connections to Neo4j, loading of Cypher statements, migrations and the liveness probe."""
