"""Microsoft Graph: only the calls we make, each as one signed-in person."""

from bot.clients.graph.client import Graph, GraphClient, open_session
from bot.clients.graph.delegated import Delegated

__all__ = ["Delegated", "Graph", "GraphClient", "open_session"]
