"""Connections to Neo4j, the statements they run, and whether the server answers."""
