"""`catalograph embed node2vec|hashgnn|community|pagerank|knn`: graph algorithms inside Neo4j."""

from typing import Annotated, Any

import typer

from catalograph.cli.embed_common import Dimension, Force, Json, run_kinds


def register(group: typer.Typer) -> None:
    """Add this module's commands."""
    group.command("node2vec")(node2vec)
    group.command("hashgnn")(hashgnn)
    group.command("community")(community)
    group.command("pagerank")(pagerank)
    group.command("knn")(knn)


def node2vec(dimension: Dimension = 128, force: Force = False, as_json: Json = False) -> None:
    """Vectors of the company products keep on random walks."""
    from catalograph.embed.gds import Node2VecConfig

    _run("node2vec", Node2VecConfig(dimension=dimension), force, as_json)


def hashgnn(dimension: Dimension = 128, force: Force = False, as_json: Json = False) -> None:
    """Vectors hashed from what is around products."""
    from catalograph.embed.gds import HashGnnConfig

    _run("hashgnn", HashGnnConfig(dimension=dimension), force, as_json)


def community(
    gamma: Annotated[
        float, typer.Option("--gamma", min=0.0, help="Above 1: more and smaller communities.")
    ] = 1.0,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Groups of what is tied together (Leiden)."""
    from catalograph.embed.gds import CommunityConfig

    _run("community", CommunityConfig(gamma=gamma), force, as_json)


def pagerank(force: Force = False, as_json: Json = False) -> None:
    """How central products, brands, categories and values are."""
    from catalograph.embed.gds import PageRankConfig

    _run("pagerank", PageRankConfig(), force, as_json)


def knn(
    vectors: Annotated[
        str, typer.Option("--vectors", help="Kind of the live model whose vectors are compared.")
    ] = "structure",
    neighbours: Annotated[
        int, typer.Option("--neighbours", min=1, help="Edges from each product.")
    ] = 10,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Edges from each product to its nearest ones."""
    from catalograph.embed.gds import KnnConfig

    _run("knn", KnnConfig(vectors=vectors, neighbours=neighbours), force, as_json)


def _run(kind: str, config: Any, force: bool, as_json: bool) -> None:
    run_kinds((kind,), force, as_json, {kind: config})
