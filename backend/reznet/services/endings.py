"""How a task ends: the one place that makes a task final, and the stopping of many at once."""

from collections.abc import Mapping
from uuid import UUID

from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.core.database import WriteSession, after_commit
from reznet.repositories import messages, tasks
from reznet.schemas.events import EventKind
from reznet.schemas.messages import MessageOut, MessageStatus
from reznet.schemas.runs import Ending
from reznet.schemas.tasks import RunAccount, TaskOut, TaskStatus
from reznet.services import events
from reznet.services.ports import Ports

_MESSAGE_STATUS = {
    Ending.COMPLETED: MessageStatus.COMPLETE,
    Ending.FAILED: MessageStatus.FAILED,
    Ending.CANCELLED: MessageStatus.CANCELLED,
}


async def end_task(
    session: WriteSession,
    ports: Ports,
    task: TaskOut,
    ending: Ending,
    *,
    text: str | None = None,
    error: tuple[str, str] | None = None,
    more: dict[str, object] | None = None,
    attempt: int | None = None,
) -> MessageOut | None:
    """Make a task that the caller has locked final, and its answer with it; return the answer.

    The answer's metadata gets what the run took, as `run`, so that lists of messages tell it. Without
    `text` the answer keeps what is stored of it. An answer that was deleted stays deleted.
    `more` are further columns of the task; `attempt` raises that of both, so that whatever an
    earlier one still says is void.
    """
    code, detail = error or (None, None)
    columns = {
        "status": TaskStatus(ending.value).value,
        "finished_at": now(),
        "error_code": code,
        "error_detail": detail,
        **({} if attempt is None else {"attempt": attempt}),
        **(more or {}),
    }
    answer: MessageOut | None = None
    if task.answer_id is not None:
        answer = await messages.get(session, task.answer_id)
    if answer is not None and answer.deleted_at is None:
        changes: dict[str, object] = {
            "status": _MESSAGE_STATUS[ending].value,
            "error_code": code,
            "error_detail": detail,
            "metadata": {**answer.metadata, "run": _account(task, columns)},
        }
        if text is not None:
            changes["content"] = text
        if attempt is not None:
            changes["attempt"] = attempt
        answer = await messages.update_message(session, answer.id, changes)
    await tasks.update_task(session, task.id, columns)
    if answer is not None and answer.deleted_at is None:
        await events.record(
            session,
            ports,
            EventKind.MESSAGE_UPDATED,
            channel_id=task.channel_id,
            message_id=answer.id,
            task_id=task.id,
        )
    await events.record_task(session, ports, task)
    return answer


async def cancel_where(
    session: WriteSession,
    ports: Ports,
    *,
    reason: str,
    channel_id: UUID | None = None,
    agent_id: UUID | None = None,
    message_id: UUID | None = None,
) -> None:
    """Cancel the unfinished tasks of a channel or agent, or those that ask or answer in a message.

    A message that begins a thread takes the tasks of the thread with it. Whoever runs them is told
    after the commit, and can then only add the text it has. Call it before locking what they belong to: a
    run locks its task first.
    """
    stopped = await tasks.lock_unfinished(
        session, channel_id=channel_id, agent_id=agent_id, message_id=message_id
    )
    for task in stopped:
        await end_task(
            session,
            ports,
            task,
            Ending.CANCELLED,
            more={"finish": "cancelled", "error_detail": reason},
        )
        tell_to_stop(session, ports, task.id)


def _account(task: TaskOut, columns: Mapping[str, object]) -> dict[str, object]:
    account = RunAccount.model_validate({"started_at": task.started_at, **columns})
    return account.model_dump(mode="json")


def tell_to_stop(session: WriteSession, ports: Ports, task_id: UUID) -> None:
    """Once the transaction is committed, tell whoever runs the task to stop."""
    after_commit(session, lambda: ports.bus.publish(Topic.CANCEL, {"task_id": str(task_id)}))
