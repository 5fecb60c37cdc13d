"""Making a task final, and making it start anew: the two places that change a task's status from outside its run.

The caller has locked the task, and with it the workflow that it works for. What follows for the workflow is
`services.endings`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer comes to: its text, and what its metadata tells of how it came about."""

    text: str
    metadata: Mapping[str, object] = field(default_factory=dict[str, object])


async def make_final(
    session: WriteSession,
    ports: Ports,
    task: TaskOut,
    ending: Ending,
    *,
    said: Said | None = None,
    error: tuple[str, str] | None = None,
    more: dict[str, object] | None = None,
    attempt: int | None = None,
) -> MessageOut | None:
    """Make a task final, and its answer with it; return the answer, without what hangs on it, if it is there.

    The answer's metadata gets what the run took, as `run`, so that lists of messages tell it. Without
    `said` the answer keeps what is stored of it. An answer that was deleted stays deleted.
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
        answer = await messages.end_answer(
            session,
            task.answer_id,
            status=_MESSAGE_STATUS[ending],
            error=error,
            text=said.text if said else None,
            attempt=attempt,
            metadata={**(said.metadata if said else {}), "run": _account(task, columns)},
        )
    await tasks.update_task(session, task.id, columns)
    if answer is not None:
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


async def requeue(session: WriteSession, ports: Ports, task: TaskOut) -> TaskOut:
    """Queue a final task anew, as its next run; the answer stays the same message."""
    after = await tasks.update_task(
        session,
        task.id,
        {
            "status": TaskStatus.QUEUED.value,
            "run": task.run + 1,
            "worker": None,
            "error_code": None,
            "error_detail": None,
            "finish": None,
            "started_at": None,
            "first_token_at": None,
            "finished_at": None,
            "cancel_requested_at": None,
        },
    )
    assert after is not None  # noqa: S101 - the row is locked
    await ports.queue.enqueue_run(session, after.id, after.run)
    await events.record_task(session, ports, task)
    return after


def tell_to_stop(session: WriteSession, ports: Ports, task_id: UUID) -> None:
    """Once the transaction is committed, tell whoever runs the task to stop."""
    after_commit(session, lambda: ports.bus.publish(Topic.CANCEL, {"task_id": str(task_id)}))


def _account(task: TaskOut, columns: Mapping[str, object]) -> dict[str, object]:
    account = RunAccount.model_validate({"started_at": task.started_at, **columns})
    return account.model_dump(mode="json")
