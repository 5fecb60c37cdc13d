"""The command line: start a workspace, look after it, and talk to one that runs.

Commands that start or repair work on the database; all others are clients of the HTTP API.
"""

from reznet.cli.app import main

__all__ = ["main"]
