"""RezNet AI: a self-hosted workspace of people and AI agents."""

__version__ = "0.1.0"
