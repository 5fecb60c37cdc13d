"""Agents and what they run on: kinds, registry, context, language model client.

Knows nothing of tables, HTTP or sockets.
"""
