"""The local model's own process: llama.cpp's server on this machine's loopback.

Run by `local_model`. Reads one line of JSON from standard input, answers with one on standard
output, and ends as soon as standard input is closed, so it never outlives who started it.
"""

import ctypes
import json
import os
import signal
import sys
import threading
from dataclasses import asdict, dataclass
from importlib import import_module

_PR_SET_PDEATHSIG = 1
# What people do comes before what the model thinks.
_NICENESS = 5


@dataclass(frozen=True, slots=True)
class Orders:
    """What to serve: `context` tokens for each of `slots` conversations at a time."""

    file: str
    model: str
    key: str
    threads: int
    context: int
    slots: int

    def line(self) -> bytes:
        """Return the orders as the process reads them."""
        return json.dumps(asdict(self)).encode() + b"\n"


def main() -> None:
    """Serve until standard input ends."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the library prints must not mix with our answer
    orders = Orders(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _die_with_parent()
    os.nice(_NICENESS)
    # Kept, since the server stops when it is collected.
    server, reply = _serve(orders)
    print(json.dumps(reply), file=answer, flush=True)
    if server is not None:
        threading.Event().wait()


def _serve(orders: Orders) -> tuple[object | None, dict[str, str]]:
    llama = import_module("xllamacpp")
    params = llama.CommonParams()
    params.model.path = orders.file
    params.model_alias = {orders.model}
    params.api_keys = [orders.key]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.ui = False
    params.verbosity = -1
    params.n_parallel = orders.slots
    params.n_ctx = orders.context * orders.slots
    params.cpuparams.n_threads = orders.threads
    params.cpuparams_batch.n_threads = orders.threads
    params.cache_ram_mib = 0  # by default it keeps up to 8 GB of old prompts
    try:
        server = llama.Server(params)
    except (RuntimeError, ValueError, OSError) as error:
        return None, {"error": str(error)}
    return server, {"address": server.listening_address}


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _die_with_parent() -> None:
    """Have the kernel end us too, in case the library holds the interpreter while it loads."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
