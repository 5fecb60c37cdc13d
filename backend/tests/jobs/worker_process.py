"""A process that does nothing but run agents; killed by tests."""

import asyncio
import sys
from pathlib import Path

from reznet import worker
from reznet.core.config import load_settings


def main() -> None:
    settings = load_settings(env_file=Path("/nonexistent"))
    assert settings.database_url is not None
    asyncio.run(worker.run(settings, settings.database_url))


if __name__ == "__main__":
    sys.exit(main())
