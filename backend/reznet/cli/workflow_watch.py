"""Watching a workflow until it is over, or waits for somebody."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from rich.live import Live

from reznet.cli.client import REFUSED, Workspace
from reznet.cli.console import fail, note, out
from reznet.cli.sockets import connect, new_socket
from reznet.cli.workflow_view import FINAL, Json, change, head, live

TIMED_OUT = 4
WAITS = 5
INTERRUPTED = 130
_REDRAW_SECONDS = 0.25

type Handler = Callable[[Json], Awaitable[None] | None]


def watch(
    workspace: Workspace, workflow: Json, timeout: float, *, quiet: bool
) -> tuple[int, Json]:
    """Show the workflow until it is over or waits; return the exit code and the workflow as it is then.

    `quiet` shows nothing. Interrupting stops the watching alone.
    """
    watching = _Watching(workspace, workflow, quiet=quiet)
    try:
        code = asyncio.run(watching.run(timeout))
    except KeyboardInterrupt:
        note(f"It goes on; `reznet workflow cancel {workflow['id']}` stops it.")
        code = INTERRUPTED
    return code, watching.workflow


class _Watching:
    """One workflow over one socket."""

    def __init__(self, workspace: Workspace, workflow: Json, *, quiet: bool) -> None:
        self.workflow = dict(workflow)
        self._workspace = workspace
        self._is_quiet = quiet
        self._is_live = out.is_terminal and not quiet
        self._changed = asyncio.Event()
        self._is_gone = False
        self._told = {task["id"]: task["status"] for task in workflow["tasks"]}
        self._socket: Any = new_socket()
        self._socket.on("connect", self._join)
        self._socket.on("workflow_updated", self._on_updated)
        self._socket.on("workflow_progress", self._on_progress)
        self._socket.on("workflow_deleted", self._on_deleted)

    async def run(self, timeout: float) -> int:
        """Return the exit code once there is one."""
        await connect(self._socket, self._workspace.address)
        try:
            async with asyncio.timeout(timeout):
                if self._is_live:
                    await self._until_over_live()
                else:
                    await self._until_over()
        except TimeoutError:
            fail(f"It is not over after {timeout:g} seconds, and goes on.")
            return TIMED_OUT
        finally:
            await self._socket.disconnect()
        return self._code()

    async def _until_over(self) -> None:
        while not self._is_over():
            self._changed.clear()
            await self._changed.wait()
        if not self._is_quiet and not self._is_gone:
            out.print(head(self.workflow))

    async def _until_over_live(self) -> None:
        # Nobody is asked to redraw on its own: the times of running tasks move on with each round.
        with Live(live(self.workflow), console=out, auto_refresh=False) as screen:
            while not self._is_over():
                self._changed.clear()
                try:
                    async with asyncio.timeout(_REDRAW_SECONDS):
                        await self._changed.wait()
                except TimeoutError:
                    pass
                screen.update(live(self.workflow), refresh=True)

    def _is_over(self) -> bool:
        return self._is_gone or self.workflow["status"] in FINAL | {"waiting"}

    def _code(self) -> int:
        if self._is_gone:
            fail("The workflow was deleted.")
            return REFUSED
        match self.workflow["status"]:
            case "completed":
                return 0
            case "waiting":
                self._say_what_to_do()
                return WAITS
            case _:
                if error := self.workflow["error"]:
                    fail(error["message"])
                return REFUSED

    def _say_what_to_do(self) -> None:
        one = self.workflow["id"]
        if self.workflow["waiting_for"] == "decision":
            note(
                f"A task failed: `reznet workflow retry {one}`, `reznet workflow skip {one} KEY`, "
                f"or `reznet workflow cancel {one}`."
            )
        else:
            note(f"It is paused: `reznet workflow resume {one}` lets it go on.")

    async def _join(self) -> None:
        """Enter the room, also after a reconnection, and then see how things are."""
        await self._socket.call("join_channel", {"channel_id": self.workflow["channel_id"]})
        path = f"/workflows/{self.workflow['id']}"
        self._take(await asyncio.to_thread(self._workspace.call, "GET", path))

    async def _on_updated(self, event: Json) -> None:
        if event["workflow"]["id"] == self.workflow["id"]:
            self._take(event["workflow"])

    async def _on_progress(self, event: Json) -> None:
        if event["workflow_id"] != self.workflow["id"]:
            return
        counts = {name: event[name] for name in ("completed", "total", "percent")}
        self.workflow["progress"] = {**self.workflow["progress"], **counts}
        if (task := event["task"]) is not None:
            self.workflow["tasks"] = [
                task if one["id"] == task["id"] else one for one in self.workflow["tasks"]
            ]
            self._tell(task)
        self._changed.set()

    async def _on_deleted(self, event: Json) -> None:
        if event["workflow_id"] == self.workflow["id"]:
            self._is_gone = True
            self._changed.set()

    def _take(self, workflow: Json) -> None:
        self.workflow = dict(workflow)
        for task in workflow["tasks"]:
            self._tell(task)
        self._changed.set()

    def _tell(self, task: Json) -> None:
        """Print a task's new status where there is no screen to draw on."""
        if self._told.get(task["id"], "pending") == task["status"]:
            return
        self._told[task["id"]] = task["status"]
        if not (self._is_live or self._is_quiet):
            out.print(change(task, self.workflow["progress"]["percent"]))
