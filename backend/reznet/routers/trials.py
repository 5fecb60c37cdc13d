"""Trying an agent before it is saved, as a stream of server-sent events."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from reznet.core.errors import Problem
from reznet.core.problem_details import problem_body
from reznet.routers import sse
from reznet.routers.dependencies import TheActor, TheWorkspace, Trial
from reznet.routers.problems import REQUEST_ID, documented
from reznet.routers.route import ApiRoute
from reznet.schemas.problems import ProblemOut
from reznet.schemas.trials import AgentTry, TrialDone
from reznet.services import trials

router = APIRouter(prefix="/agents", tags=["agents"], route_class=ApiRoute)

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events `delta` (more text; a higher `attempt` starts over), and at the "
        "end `done` with what was used, or `error` with a problem.",
        "content": sse.documented("delta", "done", "error"),
    }
}


@router.post(
    "/try",
    operation_id="agents_try",
    response_class=StreamingResponse,
    responses=_ANSWERS | documented(404, 429),
)
async def try_out(
    body: AgentTry, workspace: TheWorkspace, actor: TheActor, request: Request
) -> StreamingResponse:
    """Ask an agent that is not saved. Its answer is kept nowhere; closing the stream stops it."""
    async with workspace.database.read() as session:
        agent, roster = await trials.subject(session, workspace.ports, actor, body)
    trial = workspace.trials.ask(actor, agent, roster, body.messages)
    events = _events(trial, request.scope.get(REQUEST_ID))
    return StreamingResponse(events, media_type=sse.STREAM, headers=sse.HEADERS)


async def _events(trial: Trial, request_id: str | None) -> AsyncIterator[bytes]:
    try:
        while True:
            news = await trial.next(sse.HEARTBEAT_SECONDS)
            if news is None:
                yield sse.HEARTBEAT
            elif isinstance(news, TrialDone):
                yield sse.event("done", news)
                return
            else:
                yield sse.event("delta", news)
    except Problem as problem:
        yield sse.event("error", ProblemOut.model_validate(problem_body(problem, request_id)))
    finally:
        trial.stop()
