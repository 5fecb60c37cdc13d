"""The supervisor's side of its clients' connections."""

import json
import selectors
import signal
import socket
from types import FrameType


class Hub:
    """Knows which clients are left and tells them news. Single-threaded: it works in `pump`."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._listener.setblocking(False)
        self._clients: set[socket.socket] = set()
        self._leaving: set[socket.socket] = set()
        self._news: bytes | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._wakeup, self._waker = socket.socketpair()
        for end in (self._wakeup, self._waker):
            end.setblocking(False)
        self._selector.register(self._wakeup, selectors.EVENT_READ)
        _wake_on_signals(self._waker)

    @property
    def has_clients(self) -> bool:
        """Whether anybody still wants the server."""
        return bool(self._clients)

    def pump(self, seconds: float | None) -> None:
        """Serve clients; return after so many seconds, or at once when anything happened."""
        for key, _ in self._selector.select(seconds):
            link = key.fileobj
            assert isinstance(link, socket.socket)  # noqa: S101 - nothing else is registered
            if link is self._listener:
                self._accept()
            elif link is self._wakeup:
                link.recv(4096)
            else:
                self._hear(link)

    def tell(self, event: str, text: str) -> None:
        """Send news to all; the latest `ready` is kept for clients that come later."""
        news = json.dumps({"event": event, "text": text}).encode() + b"\n"
        self._news = news if event == "ready" else None
        for link in list(self._clients):
            self._send(link, news)

    def let_go(self) -> None:
        """Close the connections of those who said goodbye: what they wait for has happened."""
        for link in self._leaving:
            link.close()
        self._leaving.clear()

    def _accept(self) -> None:
        try:
            link, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        link.setblocking(False)
        self._clients.add(link)
        self._selector.register(link, selectors.EVENT_READ)
        if self._news is not None:
            self._send(link, self._news)

    def _hear(self, link: socket.socket) -> None:
        try:
            said = link.recv(4096)
        except BlockingIOError:
            return
        except ConnectionError:
            said = b""
        self._drop(link)
        if said:
            # The only thing a client ever says is goodbye. It waits until we close.
            self._leaving.add(link)
        else:
            link.close()
        if self._clients:
            self.let_go()

    def _send(self, link: socket.socket, news: bytes) -> None:
        try:
            link.send(news)
        except BlockingIOError:
            return  # it has not read earlier news; its connection still says that it's there
        except OSError:
            self._drop(link)
            link.close()

    def _drop(self, link: socket.socket) -> None:
        if link in self._clients:
            self._clients.remove(link)
            self._selector.unregister(link)


def _wake_on_signals(waker: socket.socket) -> None:
    # The supervisor ends when its clients have, not by Ctrl-C, a hang-up or a shutdown that asks
    # every process at once. Handlers, since ignored signals would stay ignored in children.
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, _nothing)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Leave it to the wakeup descriptor."""
