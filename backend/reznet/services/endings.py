"""How a task ends, with what follows from it; and the stopping of many at once."""

from uuid import UUID

from reznet.core.database import WriteSession
from reznet.repositories import tasks
from reznet.schemas.messages import MessageOut
from reznet.schemas.runs import Ending
from reznet.schemas.tasks import TaskOut
from reznet.services.finals import Said, make_final, tell_to_stop
from reznet.services.ports import Ports
from reznet.services.workflow_runs import ended, removal


async def end_task(
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
    """Make a task that the caller has locked final, like `finals.make_final`, and return its answer.

    The workflow that it works for goes on in the same transaction, so that no crash can come in between.
    """
    answer = await make_final(
        session, ports, task, ending, said=said, error=error, more=more, attempt=attempt
    )
    if task.workflow_id is not None:
        await ended.task_ended(session, ports, task, ending, error)
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
    run locks its task first, and before that its workflow. So the workflows around them are locked before the
    tasks here too. Those of the channel, or whose card the message is, end.
    """
    affected = await removal.begin(
        session, ports, reason, channel_id=channel_id, agent_id=agent_id, message_id=message_id
    )
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
    await removal.go_on(session, ports, affected)
