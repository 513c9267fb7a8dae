"""Bulk load of an empty graph: records become files, which Neo4j's importer reads."""
