"""What the tests that kill processes share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.upstream import FakeUpstream, running_upstream


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    with running_upstream() as fake:
        yield fake


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that a PostgreSQL under another user can reach, as pytest's own can't be."""
    with tempfile.TemporaryDirectory(prefix="reznet-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
