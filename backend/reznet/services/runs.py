"""The steps of a run that touch the database: claiming it, and applying what came of it.

Each is one short transaction; no model is called while it is open. A run's right to apply is its
`Claim`: whoever claims a task later, after a crash or because a worker was thought dead, raises the
attempt, and the earlier one can't apply any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.repositories import agents, channels, message_pages, messages, tasks, usage
from reznet.schemas.agents import AgentOut
from reznet.schemas.channels import ChannelOut
from reznet.schemas.events import EventKind
from reznet.schemas.messages import AuthorKind, MessageOut, MessageStatus
from reznet.schemas.runs import Begun, Claim, Ending, ModelCall, Outcome, Planning, RunContext
from reznet.schemas.tasks import TaskOut, TaskStatus
from reznet.schemas.workflows import WorkflowOut
from reznet.services import dispatch, events, files, proposals
from reznet.services.endings import end_task
from reznet.services.finals import Said
from reznet.services.ports import Ports
from reznet.services.usage import total
from reznet.services.workflow_runs import briefing
from reznet.services.workflows import planning

HISTORY_ROWS = 200
_ROSTER = 40
# Longer than any transaction that queues a run or applies its result.
_ABANDONED_AFTER = timedelta(seconds=60)
_BROKE_OFF = (
    "broke_off",
    "The run broke off again and again, so it was given up: retry it, and look into the log if it "
    "breaks off once more.",
)


async def claim(
    session: WriteSession, ports: Ports, task_id: UUID, run: int, worker: str
) -> Begun | None:
    """Begin a run that was queued, or begin one anew after a crash; None when there is nothing to do.

    That is so when the task is gone or has ended, so a run whose result was applied before a crash is
    not paid for twice. A task that can't be run any more is ended here.
    """
    task = await tasks.lock(session, task_id)
    if task is None or task.status.is_final or task.run != run:
        return None
    agent = await agents.get(session, task.agent_id) if task.agent_id else None
    channel = await channels.get(session, task.channel_id)
    request = await messages.get(session, task.message_id)
    if (
        agent is None
        or channel is None
        or channel.archived_at is not None
        or request is None
        or request.deleted_at is not None
        or task.cancel_requested_at is not None
    ):
        await end_task(session, ports, task, Ending.CANCELLED, more={"finish": "cancelled"})
        return None
    if not agent.is_active:
        error = ("agent_inactive", f"{agent.name} is switched off; activate it and retry.")
        await end_task(session, ports, task, Ending.FAILED, error=error)
        return None
    return await _begin(session, ports, task, (agent, channel, request), worker)


async def load(session: ReadSession, begun: Begun) -> RunContext:
    """Return what the run works on.

    Whether it has been ended or taken over meanwhile is not looked up: it will hear of the one, and can't apply
    after the other.
    """
    task, agent, channel, request = begun.task, begun.agent, begun.channel, begun.request
    history: list[MessageOut] = []
    if begun.brief is None:
        said = await message_pages.history(
            session,
            channel.id,
            thread_id=request.thread_id,
            since=channel.cleared_at,
            before=(request.created_at, request.id),
            limit=HISTORY_ROWS,
        )
        history = [message for message in said if message.id != begun.claim.answer_id]
    roster: list[AgentOut] = []
    if begun.planning is not Planning.NONE:
        named = {mention.agent_id for mention in request.mentions}
        team = await agents.team(session, channel.id, named, _ROSTER)
        roster = [other for other in team if other.id != agent.id]
    return RunContext(
        claim=begun.claim,
        task=task,
        agent=agent,
        channel=channel,
        request=request,
        history=tuple(history),
        roster=tuple(roster),
        file_texts=await files.texts_of(session, (request, *reversed(history))),
        brief=begun.brief,
        remembers=agent.config.memory.recall and await tasks.has_memories(session, task.id),
        planning=begun.planning,
    )


async def restart(session: WriteSession, ports: Ports, held: Claim) -> Claim | None:
    """Begin the text anew under the next attempt; None when the claim is lost."""
    task = await _held(session, held)
    if task is None:
        return None
    attempt = held.attempt + 1
    await tasks.update_task(session, task.id, {"attempt": attempt})
    changes = {"content": "", "attempt": attempt, "status": MessageStatus.STREAMING.value}
    await messages.update_message(session, held.answer_id, changes)
    await events.record(
        session,
        ports,
        EventKind.MESSAGE_UPDATED,
        channel_id=task.channel_id,
        message_id=held.answer_id,
        task_id=task.id,
    )
    return Claim(held.task_id, held.answer_id, held.channel_id, attempt)


async def apply(session: WriteSession, ports: Ports, held: Claim, outcome: Outcome) -> bool:
    """Store what came of a run, once; False when the claim is lost and nothing but usage is kept.

    A completed answer starts the agents that it mentions, unless it is a part of a workflow, whose plan says
    who acts.
    """
    known = await proposals.look_up(session, outcome)
    task = await _held(session, held)
    await store_calls(session, held, outcome.calls, task)
    if task is None:
        await _keep_partial_text(session, ports, held, outcome.text)
        return False
    ending = outcome.ending
    if ending is Ending.COMPLETED and task.cancel_requested_at is not None:
        # The stop came while the last words did; who asked for it was told that it would stop.
        ending = Ending.CANCELLED
    workflow: WorkflowOut | None = None
    if known is not None and ending is Ending.COMPLETED:
        outcome, workflow = await proposals.store(session, ports, task, outcome, known)
        ending = outcome.ending
    answer = await end_task(
        session,
        ports,
        task,
        ending,
        said=Said(outcome.text, _noted(outcome)),
        error=outcome.error,
        more=_task_columns(outcome, ending),
    )
    if workflow is not None:
        await proposals.start(session, ports, workflow)
    elif ending is Ending.COMPLETED and answer is not None and task.workflow_id is None:
        await _hand_on(session, ports, task, answer)
    return True


async def _keep_partial_text(session: WriteSession, ports: Ports, held: Claim, text: str) -> None:
    """Keep what was written until a removal ended the run; what took it over has another attempt."""
    task = await tasks.get(session, held.task_id)
    if task is None or task.status is not TaskStatus.CANCELLED or task.attempt != held.attempt:
        return
    if await messages.complete_cancelled(session, held.answer_id, held.attempt, text):
        await events.record(
            session,
            ports,
            EventKind.MESSAGE_UPDATED,
            channel_id=held.channel_id,
            message_id=held.answer_id,
            task_id=held.task_id,
        )


async def store_calls(
    session: WriteSession, held: Claim, calls: Sequence[ModelCall], task: TaskOut | None = None
) -> None:
    """Record what the model calls of a claim used, whoever holds the task by now."""
    known = task or await tasks.get(session, held.task_id)
    if known is not None:
        await usage.insert_calls(
            session,
            calls,
            task_id=known.id,
            agent_id=known.agent_id,
            agent_name=known.agent_name,
            attempt=held.attempt,
        )


async def store_progress(session: WriteSession, held: Claim, text: str) -> bool:
    """Store the text so far, so that every process can show it; False when the claim is lost."""
    return await messages.write_progress(session, held.answer_id, held.attempt, text)


async def store_first_token(session: WriteSession, held: Claim, moment: datetime) -> None:
    """Record when the first token came."""
    await tasks.note_first_token(session, held.task_id, held.attempt, moment)


async def give_up(
    session: WriteSession, ports: Ports, task_id: UUID, run: int, error: tuple[str, str]
) -> None:
    """End a run that can't be driven any further as failed, unless it has ended or was retried."""
    task = await tasks.lock(session, task_id)
    if task is not None and not task.status.is_final and task.run == run:
        await end_task(session, ports, task, Ending.FAILED, error=error, attempt=task.attempt + 1)


async def take_up_abandoned(session: WriteSession, ports: Ports) -> int:
    """Queue or end the runs that the engine does not drive, and return how many there were.

    It has no row of them after a restore without its tables, or it has given them up since they broke
    off too often. A run must never be shown as working when nothing works on it.
    """
    found = await tasks.abandoned(session, now() - _ABANDONED_AFTER)
    for task_id, run, is_known in found:
        if is_known:
            await give_up(session, ports, task_id, run, _BROKE_OFF)
        else:
            await ports.queue.enqueue_run(session, task_id, run)
    return len(found)


async def to_stop(session: ReadSession, claims: list[Claim]) -> list[UUID]:
    """Return which of the claimed tasks must stop: cancelled, ended or taken over meanwhile."""
    present = {
        task.id: task for task in await tasks.get_many(session, [held.task_id for held in claims])
    }
    return [
        held.task_id
        for held in claims
        if (task := present.get(held.task_id)) is None
        or task.cancel_requested_at is not None
        or task.attempt != held.attempt
        or task.status is not TaskStatus.RUNNING
    ]


async def _begin(
    session: WriteSession,
    ports: Ports,
    task: TaskOut,
    parts: tuple[AgentOut, ChannelOut, MessageOut],
    worker: str,
) -> Begun | None:
    agent, channel, request = parts
    attempt = task.attempt + 1
    answer, is_new = await _open_answer(session, task, agent, request, attempt)
    if answer is None:
        await end_task(session, ports, task, Ending.CANCELLED, more={"finish": "cancelled"})
        return None
    changes: dict[str, object] = {
        "status": TaskStatus.RUNNING.value,
        "attempt": attempt,
        "worker": worker,
        "answer_id": answer.id,
        "started_at": task.started_at or now(),
        "first_token_at": None,
    }
    running = await tasks.update_task(session, task.id, changes)
    assert running is not None  # noqa: S101 - the row is locked
    # A workflow's run is told of its task and of what came of those before it, instead of what was said.
    brief = await briefing.begin(session, ports, running) if running.workflow_id else None
    may_plan = (
        await planning.begun(session, running, agent, answer.id)
        if brief is None
        else Planning.NONE
    )
    kind = EventKind.MESSAGE_SENT if is_new else EventKind.MESSAGE_UPDATED
    await events.record(
        session, ports, kind, channel_id=channel.id, message_id=answer.id, task_id=task.id
    )
    await events.record_task(session, ports, running)
    held = Claim(task.id, answer.id, channel.id, attempt)
    return Begun(held, running, agent, channel, request, brief, may_plan)


async def _open_answer(
    session: WriteSession, task: TaskOut, agent: AgentOut, request: MessageOut, attempt: int
) -> tuple[MessageOut | None, bool]:
    """Return the answer's message, empty and streaming, and whether it is new.

    None when it was there and was deleted.
    """
    if task.answer_id is not None:
        before = await messages.get(session, task.answer_id)
        if before is None or before.deleted_at is not None:
            return None, False
        changes: dict[str, object] = {
            "content": "",
            "status": MessageStatus.STREAMING.value,
            "attempt": attempt,
            "mentions": (),
            "error_code": None,
            "error_detail": None,
        }
        if "memories" in before.metadata:  # of the text that is gone
            changes["metadata"] = {
                key: value for key, value in before.metadata.items() if key != "memories"
            }
        return await messages.update_message(session, task.answer_id, changes), False
    answer = await messages.insert_message(
        session,
        messages.NewMessage(
            channel_id=task.channel_id,
            thread_id=request.thread_id,
            reply_to_id=request.id,
            author_kind=AuthorKind.AGENT,
            author_name=agent.name,
            agent_id=agent.id,
            task_id=task.id,
            content="",
            status=MessageStatus.STREAMING,
            attempt=attempt,
        ),
    )
    return answer, True


async def _held(session: WriteSession, held: Claim) -> TaskOut | None:
    """Return the task, locked, if the claim on it still holds."""
    task = await tasks.lock(session, held.task_id)
    if task is None or task.status is not TaskStatus.RUNNING or task.attempt != held.attempt:
        return None
    return task


def _noted(outcome: Outcome) -> dict[str, object]:
    """Return what the answer's metadata tells of how it came about."""
    if not outcome.memories:
        return {}
    return {"memories": [one.model_dump(mode="json") for one in outcome.memories]}


def _task_columns(outcome: Outcome, ending: Ending) -> dict[str, object]:
    columns: dict[str, object] = {
        "finish": "cancelled" if ending is Ending.CANCELLED else outcome.finish,
        "first_token_at": outcome.first_token_at,
    }
    if ending is Ending.COMPLETED and outcome.is_remembered:
        columns["remember_at"] = now()
    if outcome.calls:
        last = outcome.calls[-1]
        columns |= {"provider": last.provider, "model": last.model}
        columns |= total(outcome.calls).model_dump()
    return columns


async def _hand_on(session: WriteSession, ports: Ports, task: TaskOut, answer: MessageOut) -> None:
    addressed = await dispatch.find_addressed(session, answer.content)
    if not addressed.agents:
        return
    after = await messages.update_message(session, answer.id, {"mentions": addressed.mentions})
    if after is not None:
        await dispatch.start_for_answer(session, ports, task, after, addressed.agents)
