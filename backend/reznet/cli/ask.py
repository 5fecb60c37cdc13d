"""`reznet ask`: say something in a channel and watch the answers stream in."""

import asyncio
import json
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from reznet.cli import client
from reznet.cli.answers import Answers
from reznet.cli.client import REFUSED, AsJson, Url, Workspace
from reznet.cli.console import fail, note, plain
from reznet.cli.sockets import connect, new_socket

TIMED_OUT = 4
INTERRUPTED = 130


def ask(
    text: Annotated[
        str,
        typer.Argument(help='Such as "@backend what is a foreign key?"; - reads standard input.'),
    ],
    channel: Annotated[
        str, typer.Option("--channel", "-c", help="Name or id of the channel.")
    ] = "general",
    file: Annotated[
        list[Path] | None,
        typer.Option(
            "--file",
            "-f",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A file to attach; give it again for more.",
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for all answers.")] = 900,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Ask agents in a channel and stream their answers.

    Exit code 0: all answered; 1: one failed or was cancelled, or the post was refused; 3: no
    workspace is running; 4: the time was over; 130: interrupted, and the runs cancelled.
    """
    text = sys.stdin.read() if text == "-" else text
    workspace = Workspace(url)
    channel_id = client.channel_id(workspace, channel)
    file_ids = [workspace.upload(channel_id, path)["id"] for path in file or ()]
    answers = Answers(quiet=as_json)
    conversation = _Conversation(workspace.address, channel_id, answers)
    try:
        code = asyncio.run(conversation.run(text, file_ids, timeout))
    except KeyboardInterrupt:
        for task_id in answers.unfinished():
            workspace.call("POST", f"/tasks/{task_id}/cancel")
        note("Stopped.")
        code = INTERRUPTED
    if as_json:
        typer.echo(json.dumps({"tasks": answers.results()}))
    raise typer.Exit(code)


class _Conversation:
    """One question over one socket."""

    def __init__(self, address: str, channel_id: str, answers: Answers) -> None:
        self._address = address
        self._channel_id = channel_id
        self._answers = answers
        self._last_event_id: int | None = None
        self._socket: Any = new_socket()
        self._handle("message_delta", answers.on_delta)
        self._handle("message_sent", answers.on_message)
        self._handle("message_updated", answers.on_message)
        self._handle("task_updated", answers.on_task)
        self._socket.on("connect", self._join)

    async def run(self, text: str, file_ids: Sequence[str], timeout: float) -> int:
        await connect(self._socket, self._address)
        try:
            async with asyncio.timeout(timeout):
                return await self._ask(text, file_ids)
        except TimeoutError:
            fail(
                f"Not everything was answered within {timeout:g} seconds; the runs go on in the channel."
            )
            return TIMED_OUT
        finally:
            await self._socket.disconnect()

    async def _ask(self, text: str, file_ids: Sequence[str]) -> int:
        await self._join()
        body = {
            "channel_id": self._channel_id,
            "content": text,
            "file_ids": file_ids,
            "client_id": f"ask-{uuid.uuid4()}",
        }
        ack = await self._socket.call("send_message", body, timeout=30)
        if not ack["ok"]:
            _explain(ack["error"])
            return REFUSED
        if not ack["task_ids"]:
            fail(
                "Posted, but nobody was asked: mention an agent, such as @backend; `reznet agents list` shows who there is."
            )
            return REFUSED
        self._answers.expect(ack["task_ids"])
        await self._answers.finished.wait()
        return 0 if self._answers.all_completed else REFUSED

    async def _join(self) -> None:
        """Enter the room, also after a reconnection, and get what was missed."""
        request: dict[str, Any] = {"channel_id": self._channel_id}
        if self._last_event_id is not None:
            request["last_event_id"] = self._last_event_id
        await self._socket.emit("join_channel", request)

    def _handle(self, event: str, handler: Callable[[Mapping[str, Any]], None]) -> None:
        async def handle(payload: Mapping[str, Any]) -> None:
            self._last_event_id = payload.get("event_id", self._last_event_id)
            handler(payload)

        self._socket.on(event, handle)


def _explain(problem: Mapping[str, Any]) -> None:
    for item in problem.get("errors") or [{"field": "", "message": problem["detail"]}]:
        field = f"{item['field']}: " if item["field"] else ""
        fail(plain(field + item["message"]))
