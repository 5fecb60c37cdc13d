"""A process's hold on the embedded PostgreSQL."""

import asyncio
import json
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import structlog

from reznet.core.embedded_postgres import wire
from reznet.core.embedded_postgres.binaries import find_binaries
from reznet.core.embedded_postgres.cluster import DATABASE
from reznet.core.embedded_postgres.folder import prepare_place, try_lock
from reznet.core.embedded_postgres.launch import launch
from reznet.core.errors import StartRefused

log = structlog.get_logger(__name__)

# A former server may be stopping under the lock: as long as its fast stop may take, and more.
_LOCK_SECONDS = 300.0
_LOCK_POLL_SECONDS = 0.02
_GOODBYE_SECONDS = 150.0
_MOST_TRIES = 20
_LONGEST_PAUSE_SECONDS = 10.0


class EmbeddedPostgres:
    """Keeps the PostgreSQL of a data folder running for as long as this object is open.

    Any number of processes may hold the same folder; the first one starts the server, and it stops
    when the last one has closed or died. When the server or its supervisor is killed, it is
    started again under the same address.

    Safe to use from any thread. A forked child does not hold the server.
    """

    def __init__(
        self,
        data_path: Path,
        settings: Mapping[str, str] | None,
        on_progress: Callable[[str], None] | None,
    ) -> None:
        """Prepare the folders. Use `attach` or `start` instead."""
        find_binaries()
        self._data_path = data_path
        self._place = prepare_place(data_path)
        self._settings = dict(settings or {})
        self._on_progress = on_progress
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._link: socket.socket | None = None
        self._unread = b""
        _open.add(self)
        self._watcher = threading.Thread(target=self._watch, name="embedded-postgres", daemon=True)

    @classmethod
    def attach(
        cls,
        data_path: Path,
        *,
        settings: Mapping[str, str] | None = None,
        on_progress: Callable[[str], None] | None = None,
    ) -> Self:
        """Return a hold on the running server, starting it first when nobody has.

        Args:
            data_path: the data folder; made when it is missing.
            settings: PostgreSQL settings beside ours; of no effect on a server that runs already.
            on_progress: told in a sentence what is waited for; called from the waiting thread.

        Raises:
            StartRefused: says why there can be no server, and what to do.
        """
        server = cls(data_path, settings, on_progress)
        server._begin()
        return server

    @classmethod
    async def start(
        cls,
        data_path: Path,
        *,
        settings: Mapping[str, str] | None = None,
        on_progress: Callable[[str], None] | None = None,
    ) -> Self:
        """Do as `attach` does, without blocking the event loop; cancelling it lets go."""
        server = await asyncio.to_thread(cls, data_path, settings, on_progress)
        try:
            await asyncio.to_thread(server._begin)
        except BaseException:
            server._let_go()
            raise
        return server

    @property
    def url(self) -> str:
        """The address of the database, for asyncpg and libpq alike; it never changes."""
        where = f"host={self._place.run}&port={wire.PORT}"  # a port in the environment is not ours
        return f"postgresql://{wire.SUPERUSER}@/{DATABASE}?{where}"

    @property
    def where(self) -> Path:
        """The folder of the cluster, its log and its lock; not always below the data folder."""
        return self._place.home

    def close(self) -> None:
        """Let go of the server; as its last holder, wait until it has stopped. Idempotent."""
        with self._guard:
            self._closed.set()
            link = self._link
        try:
            if link is not None and self._watcher.is_alive():
                with suppress(OSError):  # its end may have come first
                    link.sendall(b"goodbye\n")
                self._watcher.join(_GOODBYE_SECONDS)
        finally:
            self._let_go()

    async def aclose(self) -> None:
        """Do as `close` does, without blocking the event loop."""
        await asyncio.to_thread(self.close)

    def forget_after_fork(self) -> None:
        """Drop the hold in a forked child, so that the parent's end is seen when it comes."""
        self._guard = threading.Lock()  # another thread may have held it
        self._closed.set()
        if self._link is not None:
            self._link.close()  # not shut down: the parent goes on using the same connection
            self._link = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _begin(self) -> None:
        if self._place.moved:
            self._tell(
                f"The database lies in {self._place.home}: PostgreSQL's account can't enter the data folder"
            )
        try:
            self._connect()
        except OSError as error:
            self._let_go()
            raise StartRefused(
                f"The database folder {self.where} can't be used by uid {os.geteuid()}: "
                f"{error.strerror} ({error.filename or self._place.run})."
            ) from error
        except BaseException:
            self._let_go()
            raise
        self._watcher.start()

    def _connect(self) -> None:
        """Return when the server is ready; start a supervisor as often as it takes."""
        for _ in range(_MOST_TRIES):
            link = self._join_or_start()
            with self._guard:
                if self._closed.is_set():
                    link.close()
                    raise StartRefused("The wait for the database was given up.")
                if self._link is not None:
                    self._link.close()
                self._link, self._unread = link, b""
            while (news := self._next_news()) is not None:
                event, text = news
                if event == "ready":
                    return
                if event == "failed":
                    raise StartRefused(text)
                self._tell(text)
        raise StartRefused(
            f"The database's supervisor has ended {_MOST_TRIES} times without a word. Its last "
            f"ones may be in {self.where}/postgres.log."
        )

    def _join_or_start(self) -> socket.socket:
        start = told = time.monotonic()
        while True:
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                link.connect(str(self._place.control))
            except (FileNotFoundError, ConnectionRefusedError):
                link.close()
            else:
                return link
            lock = try_lock(self._place.home)
            if lock is not None:
                try:
                    prepare_place(self._data_path)  # cleaners empty /tmp
                    return launch(self._place, self._settings, lock)
                finally:
                    os.close(lock)
            now = time.monotonic()
            if now - start > _LOCK_SECONDS or self._closed.is_set():
                raise StartRefused(
                    f"{self._place.home} is locked by another process that does not answer at "
                    f"{self._place.control}. End it, or set REZNET_DATA_DIR to another folder."
                )
            if now - told > 1:
                told = now
                self._tell("Waiting for the former PostgreSQL to stop")
            self._closed.wait(_LOCK_POLL_SECONDS)

    def _next_news(self) -> tuple[str, str] | None:
        """Return what the supervisor says next, or None when it is gone or we are let go."""
        link = self._link
        if link is None:
            return None
        while b"\n" not in self._unread:
            try:
                piece = link.recv(65_536)
            except OSError:
                return None
            if not piece:
                return None
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        news = cast("dict[str, str]", json.loads(line))
        return news["event"], news["text"]

    def _watch(self) -> None:
        pause = 0.0
        while True:
            while (news := self._next_news()) is not None:
                log.info("embedded postgres", news=news[1])
            if self._closed.is_set():
                return
            try:
                log.warning("embedded postgres lost its supervisor; starting another")
                self._connect()
            except (StartRefused, OSError) as error:
                if self._closed.is_set():
                    return
                pause = min(_LONGEST_PAUSE_SECONDS, pause * 2 + 0.5)
                log.warning(
                    "embedded postgres does not come back", retry_in=pause, error=str(error)
                )
                self._closed.wait(pause)
            else:
                pause = 0.0

    def _tell(self, text: str) -> None:
        if self._on_progress is None:
            log.info("embedded postgres", news=text)
        else:
            self._on_progress(text)

    def _let_go(self) -> None:
        with self._guard:
            self._closed.set()
            link, self._link = self._link, None
        _open.discard(self)
        if link is not None:
            with suppress(OSError):  # the other end may have closed first
                link.shutdown(socket.SHUT_RDWR)  # wakes whoever reads from it
            link.close()


_open: weakref.WeakSet[EmbeddedPostgres] = weakref.WeakSet()


def _let_go_in_child() -> None:
    for server in list(_open):
        server.forget_after_fork()
    _open.clear()


os.register_at_fork(after_in_child=_let_go_in_child)
