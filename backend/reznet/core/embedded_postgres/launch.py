"""Starts the supervisor process."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from reznet.core.embedded_postgres.binaries import usable_binaries
from reznet.core.embedded_postgres.folder import Place
from reznet.core.embedded_postgres.supervisor import Order
from reznet.core.errors import StartRefused

_SOURCE_ROOT = Path(__file__).resolve().parents[3]
_INTERPRETER_NEEDS = (
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "PYTHONHOME",
)


def launch(place: Place, settings: Mapping[str, str], lock: int) -> socket.socket:
    """Start a supervisor that owns the lock; return a connection to it, made before it runs."""
    programs = usable_binaries(place)
    place.control.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(place.control))
        if os.geteuid() == 0:
            os.chown(place.control, place.uid, place.gid, follow_symlinks=False)
        listener.listen(128)
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.connect(str(place.control))
        order = Order(
            home=str(place.home),
            run=str(place.run),
            programs=str(programs),
            uid=place.uid,
            gid=place.gid,
            settings=settings,
            lock=lock,
            listener=listener.fileno(),
        )
        try:
            subprocess.run(  # noqa: S603 - our own module
                [
                    sys.executable,
                    "-P",
                    "-S",
                    "-m",
                    "reznet.core.embedded_postgres.supervisor",
                    order.to_argument(),
                ],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(lock, listener.fileno()),
                env=_environment(),
                cwd="/",
                start_new_session=True,
            )
        except subprocess.CalledProcessError as error:
            link.close()
            place.control.unlink(missing_ok=True)
            said = cast("bytes", error.stderr).decode(errors="replace")
            raise StartRefused(f"The database's supervisor could not start:\n{said}") from error
    return link


def _environment() -> dict[str, str]:
    # Only what the interpreter itself may need to start; no keys, no passwords.
    kept = {name: os.environ[name] for name in _INTERPRETER_NEEDS if name in os.environ}
    return kept | {
        "PATH": os.defpath,
        "PYTHONPATH": str(_SOURCE_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
