"""The Model Context Protocol: the API as tools for other companies' agents.

The only place that imports the extra `mcp`.
"""

from catalograph.api.mcp.operations import Operations
from catalograph.api.mcp.transport import AgentEndpoint

__all__ = ["AgentEndpoint", "Operations"]
