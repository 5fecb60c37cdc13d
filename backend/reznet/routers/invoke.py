"""Asking one agent and waiting for its answer: as JSON, or as a stream of server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from reznet.core.errors import Conflict, Problem
from reznet.core.problem_details import problem_body
from reznet.routers import sse
from reznet.routers.dependencies import TheActor, TheWorkspace, Workspace
from reznet.routers.idempotency import IdempotencyKey, keyed
from reznet.routers.problems import REQUEST_ID, documented
from reznet.routers.route import ApiRoute
from reznet.routers.watch import Follower
from reznet.schemas.events import MessageDelta
from reznet.schemas.messages import MessageCreate, MessageOut
from reznet.schemas.problems import ProblemOut
from reznet.schemas.tasks import InvokeRequest, InvokeResult, TaskOut
from reznet.services import channels, messages
from reznet.services.ports import Actor

router = APIRouter(prefix="/agents", tags=["agents"], route_class=ApiRoute)

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": InvokeResult,
        "description": "The run is over; `task.status` says how it ended. With `Accept: "
        "text/event-stream`, the events `task`, `delta`, and at the end `done` or `error`.",
        "content": sse.documented("task", "delta", "done", "error"),
    },
    202: {"model": TaskOut, "description": "It takes longer than `wait` seconds and goes on."},
}


@router.post(
    "/{agent_id}/invoke", operation_id="agents_invoke", responses=_ANSWERS | documented(404, 409)
)
async def invoke(
    agent_id: UUID,
    body: InvokeRequest,
    workspace: TheWorkspace,
    actor: TheActor,
    request: Request,
    accept: Annotated[str, Header()] = "*/*",
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask an agent, in its direct messages or in the given channel, and wait for the answer."""
    body = keyed(body, idempotency_key)
    task = await _start(workspace, actor, agent_id, body)
    if sse.STREAM in accept.lower():
        events = _events(workspace, actor, task, request.scope.get(REQUEST_ID))
        return StreamingResponse(
            events, media_type=sse.STREAM, headers={**sse.HEADERS, **_location(task)}
        )
    task = await workspace.watch.until_final(task, body.wait)
    if not task.status.is_final:
        return _json(task, 202, _location(task))
    return _json(await _result(workspace, actor, task), 200, {})


async def _start(
    workspace: Workspace, actor: Actor, agent_id: UUID, body: InvokeRequest
) -> TaskOut:
    async with workspace.database.write() as session:
        channel_id = body.channel_id
        if channel_id is None:
            direct, _ = await channels.direct(session, workspace.ports, actor, agent_id)
            channel_id = direct.id
        posted = await messages.post(
            session,
            workspace.ports,
            actor,
            channel_id,
            MessageCreate.model_construct(
                content=body.content, thread_id=None, client_id=body.client_id
            ),
            to_agent=agent_id,
        )
    for task in posted.tasks:
        if task.agent_id == agent_id:
            return task
    raise Conflict(
        "A message with this client_id is there already and did not ask this agent; choose another.",
        code="client_id_taken",
    )


async def _result(workspace: Workspace, actor: Actor, task: TaskOut) -> InvokeResult:
    """Return the finished task with its answer. Raises Conflict when it ended without one."""
    if task.answer_id is None:
        raise Conflict(
            f"The run ended as {task.status.value} before there was an answer; "
            f"GET /api/tasks/{task.id} has more.",
            code="no_answer",
        )
    async with workspace.database.read() as session:
        return InvokeResult(task=task, message=await messages.get(session, actor, task.answer_id))


async def _events(
    workspace: Workspace, actor: Actor, task: TaskOut, request_id: str | None
) -> AsyncIterator[bytes]:
    """Tell of a run until it is over. Who stops listening ends the stream, not the run."""
    with workspace.watch.following(task) as follower:
        told = _Told(workspace, actor, follower)
        yield sse.event("task", task)
        try:
            while not (follower.task.status.is_final or follower.stopped):
                if not await follower.next(sse.HEARTBEAT_SECONDS):
                    yield sse.HEARTBEAT
                for event in await told.news():
                    yield event
            for event in await told.end():
                yield event
        except Problem as problem:
            yield sse.event("error", ProblemOut.model_validate(problem_body(problem, request_id)))


class _Told:
    """How much of a run one listener has been told."""

    def __init__(self, workspace: Workspace, actor: Actor, follower: Follower) -> None:
        self._workspace = workspace
        self._actor = actor
        self._follower = follower
        self._task = follower.task
        self._attempt = 0
        self._length = 0
        self._stored: MessageOut | None = None

    async def news(self) -> list[bytes]:
        """Return what the listener does not know yet."""
        events: list[bytes] = []
        if self._follower.task != self._task:
            self._task = self._follower.task
            events.append(sse.event("task", self._task))
        message = await self._message()
        if message is not None:
            events += self._delta(message)
        return events

    async def end(self) -> list[bytes]:
        """Return the last events."""
        if not self._follower.task.status.is_final:
            return []  # the process stops; the run goes on elsewhere or later
        result = await _result(self._workspace, self._actor, self._follower.task)
        return [*self._delta(result.message), sse.event("done", result)]

    async def _message(self) -> MessageOut | None:
        """Return the answer with its text so far; what is live needs no look into the database."""
        message_id, attempt = self._follower.message_id, self._follower.attempt
        if message_id is None:
            return None
        stored = self._stored
        if stored is None or stored.id != message_id or stored.attempt < attempt:
            async with self._workspace.database.read() as session:
                stored = await messages.get(session, self._actor, message_id)
            self._stored = stored
        return messages.with_live_text(stored, self._workspace.live)

    def _delta(self, message: MessageOut) -> list[bytes]:
        if message.attempt != self._attempt:
            self._attempt, self._length = message.attempt, 0
        text = message.content[self._length :]
        if not text:
            return []
        delta = MessageDelta(
            channel_id=message.channel_id,
            message_id=message.id,
            task_id=self._task.id,
            attempt=message.attempt,
            offset=self._length,
            text=text,
        )
        self._length += len(text)
        return [sse.event("delta", delta)]


def _json(body: BaseModel, status: int, headers: dict[str, str]) -> Response:
    return Response(body.model_dump_json(), status, headers, media_type="application/json")


def _location(task: TaskOut) -> dict[str, str]:
    return {"Location": f"/api/tasks/{task.id}"}
