"""The managed Neo4j: assembled from pinned jars, held as a service or as a child process."""

from catalograph.store.local.assembly import assemble
from catalograph.store.local.doctor import Check, diagnose
from catalograph.store.local.instance import ServerInfo
from catalograph.store.local.server import (
    ChildServer,
    child_server,
    connection,
    demo_folder,
    down,
    is_demo,
    status,
    up,
)

__all__ = [
    "Check",
    "ChildServer",
    "ServerInfo",
    "assemble",
    "child_server",
    "connection",
    "demo_folder",
    "diagnose",
    "down",
    "is_demo",
    "status",
    "up",
]
