"""The embedded PostgreSQL: a server of ours on the data folder, shared by all our processes.

`EmbeddedPostgres` is what others use. It is loaded on first use, because the supervisor process
lives in this package too and has to start fast and stay small.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reznet.core.embedded_postgres.client import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(name)
    return getattr(importlib.import_module("reznet.core.embedded_postgres.client"), name)
