"""The process that keeps one PostgreSQL running for as long as it has clients.

Started by a client, never by hand. It imports the standard library alone, and all of it before it
gives up root: the interpreter's own folder may be closed to the account it changes to.
"""

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from reznet.core.embedded_postgres.cluster import Cluster
from reznet.core.embedded_postgres.hub import Hub
from reznet.core.errors import StartRefused


@dataclass(frozen=True, slots=True)
class Order:
    """What a client tells the supervisor that it starts. Both descriptors are inherited."""

    home: str
    run: str
    programs: str
    uid: int
    gid: int
    settings: Mapping[str, str]
    lock: int
    listener: int

    def to_argument(self) -> str:
        """Return it as a command line argument."""
        return json.dumps(asdict(self))


def main() -> None:
    """Detach from the client, become the account, and serve until the last client is gone."""
    order = Order(**json.loads(sys.argv[1]))
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.umask(0o077)
    for descriptor in (order.lock, order.listener):
        os.set_inheritable(descriptor, False)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(order.gid)
        os.setuid(order.uid)
    _write_into(Path(order.home) / "postgres.log")
    # Detached so that neither the client's end nor its look at its children concerns us; last, so
    # that the client hears of what fails before.
    if os.fork():
        os._exit(0)
    _supervise(order)


def _write_into(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _supervise(order: Order) -> None:
    hub = Hub(socket.socket(fileno=order.listener))
    home, run = Path(order.home), Path(order.run)
    cluster = Cluster(
        home,
        run,
        Path(order.programs),
        order.settings,
        pump=hub.pump,
        report=lambda text: hub.tell("progress", text),
    )
    hub.pump(0)  # whoever started us is connected already
    try:
        while hub.has_clients:
            _serve(cluster, hub)
            if hub.has_clients:
                hub.let_go()
    except StartRefused as refusal:
        hub.tell("failed", str(refusal))
    except OSError as error:
        hub.tell(
            "failed",
            f"The database in {home} can't be used by uid {os.geteuid()}: {error.strerror} "
            f"({error.filename}).",
        )
        raise
    except Exception as error:
        hub.tell("failed", f"The database's supervisor failed; see {home}/postgres.log: {error!r}")
        raise
    finally:
        # Our end lets go of those who said goodbye, and of the lock.
        # From here on clients find no socket, and start a supervisor that waits for our lock.
        (run / "control").unlink(missing_ok=True)
        cluster.stop()


def _serve(cluster: Cluster, hub: Hub) -> None:
    cluster.prepare()
    if cluster.start(wanted=lambda: hub.has_clients):
        hub.tell("ready", "PostgreSQL is ready")
    while cluster.is_running and hub.has_clients:
        hub.pump(None)
    # Said in any case: it takes back `ready` for those who come from now on.
    hub.tell("progress", "PostgreSQL has ended; starting it again")
    cluster.stop()


if __name__ == "__main__":
    main()
