"""Where the cluster lies, who owns it, and who may reach its sockets."""

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from reznet.core.errors import StartRefused

SYSTEM_USER = "reznet-postgres"

_ELSEWHERE = Path("/var/lib/reznet")
# A socket's path has at most 103 bytes on macOS (107 on Linux), file name included.
_LONGEST_RUN_FOLDER = 85
# Clients split `host=` at commas, and the server splits its own setting too.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+@-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one cluster and the account that PostgreSQL runs as."""

    home: Path
    """Holds the cluster, the log and the lock."""
    run: Path
    """Holds the sockets; nobody but the account and root may enter."""
    uid: int
    gid: int
    moved: bool
    """Whether the cluster lies outside the folder that was asked for."""

    @property
    def control(self) -> Path:
        """The supervisor's socket."""
        return self.run / "control"


def prepare_place(data_path: Path) -> Place:
    """Find or make the folders for the cluster of this data folder.

    As an ordinary user everything lies in the data folder. PostgreSQL refuses to run as root, so
    there it gets an account of its own; when that account can't enter the data folder because of
    a parent's permissions, which we never change, the cluster lies below /var/lib/reznet.

    Raises:
        StartRefused: names the folder that can't be used, and who we are.
    """
    asked = data_path.expanduser().resolve()
    try:
        if os.geteuid() == 0:
            home, uid, gid = _home_for_root(asked)
        else:
            home, uid, gid = _home_for_user(asked)
        run = _run_folder(home, uid, gid)
    except OSError as error:
        raise StartRefused(
            f"The data folder {asked} can't be used by uid {os.geteuid()}: {error.strerror} "
            f"({error.filename}). Set REZNET_DATA_DIR to a folder that this user may write to."
        ) from error
    return Place(home=home, run=run, uid=uid, gid=gid, moved=home.parent != asked)


def try_lock(home: Path) -> int | None:
    """Take the lock of the folder; return its file descriptor, or None when another has it.

    The lock lives as long as any copy of the descriptor, so it is handed on by inheritance.
    """
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if os.geteuid() == 0:
        owner = home.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def can_enter(path: Path, uid: int, gid: int) -> bool:
    """Whether the account may go into this folder, by the permissions of it and its parents."""
    return all(_may_traverse(step.stat(), uid, gid) for step in (path, *path.parents))


def _may_traverse(status: os.stat_result, uid: int, gid: int) -> bool:
    if status.st_uid == uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _home_for_user(asked: Path) -> tuple[Path, int, int]:
    asked.mkdir(mode=0o700, parents=True, exist_ok=True)
    home = asked / "postgres"
    home.mkdir(mode=0o700, exist_ok=True)
    owner = home.stat().st_uid
    if owner != os.geteuid():
        raise StartRefused(
            f"The database folder {home} belongs to uid {owner}, and this is uid {os.geteuid()}. "
            "Start as the user who made it, or set REZNET_DATA_DIR to another folder."
        )
    return home, os.geteuid(), os.getegid()


def _home_for_root(asked: Path) -> tuple[Path, int, int]:
    if not asked.is_dir():
        asked.mkdir(parents=True, exist_ok=True)
        asked.chmod(0o711)  # whatever the umask: PostgreSQL's account has to pass through
    here, elsewhere = asked / "postgres", _ELSEWHERE.resolve() / _digest(os.fsencode(asked))
    # A cluster that exists stays where it is, even when permissions would decide otherwise now.
    home = next((path for path in (here, elsewhere) if (path / "data").exists()), None)
    if home is None:
        uid, gid = _account(here)
        home = here if can_enter(asked, uid, gid) else elsewhere
    uid, gid = _account(home)
    if home == elsewhere:
        _ELSEWHERE.mkdir(mode=0o711, parents=True, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    os.chown(home, uid, gid, follow_symlinks=False)
    if not can_enter(home, uid, gid):
        raise StartRefused(
            f"PostgreSQL doesn't run as root, and the account it runs as (uid {uid}) can't enter "
            f"{home}: a folder above it is closed to others. Give that folder execute permission "
            "(chmod o+x), or start as the user who owns it."
        )
    return home, uid, gid


def _account(home: Path) -> tuple[int, int]:
    if home.exists() and (owner := home.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    for name in (SYSTEM_USER, "postgres", "_postgres", "nobody"):
        if name == SYSTEM_USER:
            _make_system_user()
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise StartRefused(
        "PostgreSQL doesn't run as root, and there is no other account on this machine to run "
        f"it as. Make one (useradd --system {SYSTEM_USER}), or start as an ordinary user."
    )


def _make_system_user() -> None:
    useradd = shutil.which("useradd")
    if useradd is None or any(entry.pw_name == SYSTEM_USER for entry in pwd.getpwall()):
        return
    # Another process may be making it just now: whether it exists afterwards is what counts.
    subprocess.run(  # noqa: S603 - a fixed command
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        check=False,
        capture_output=True,
    )


def _run_folder(home: Path, uid: int, gid: int) -> Path:
    run = home / "run"
    if len(os.fsencode(run)) > _LONGEST_RUN_FOLDER or not _PLAIN_PATH.fullmatch(str(run)):
        # Named after the folder itself, not its path, so that every spelling leads here; and
        # always in /tmp, since TMPDIR differs between processes and is long on macOS.
        inode = home.stat()
        name = _digest(f"{inode.st_dev}:{inode.st_ino}".encode())
        run = Path("/tmp") / f"reznet-{uid}-{name}"  # noqa: S108 - owner and mode are checked
    try:
        run.mkdir(mode=0o700)
    except FileExistsError:
        status = run.lstat()
    else:
        if os.geteuid() == 0:
            os.chown(run, uid, gid, follow_symlinks=False)
        status = run.lstat()
    private = stat.S_ISDIR(status.st_mode) and not stat.S_IMODE(status.st_mode) & 0o077
    # Root's own: made by another of our processes that is about to hand it over.
    if not private or status.st_uid not in {uid, 0}:
        raise StartRefused(
            f"{run} is not a folder that only uid {uid} can enter, so no socket can be put into "
            "it. Remove it."
        )
    if os.geteuid() == 0 and status.st_uid != uid:
        os.chown(run, uid, gid, follow_symlinks=False)
    return run


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
