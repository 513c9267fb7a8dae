"""The managed Neo4j: assembled from pinned jars, run as a service or as a child process."""

from catalograph.store.managed_server.assembly import assemble
from catalograph.store.managed_server.doctor import Check, diagnose
from catalograph.store.managed_server.instance import ServerInfo
from catalograph.store.managed_server.server import (
    ChildServer,
    child_server,
    connection,
    demo_folder,
    is_demo,
    start_server,
    status,
    stop_server,
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
    "is_demo",
    "start_server",
    "status",
    "stop_server",
]
