"""How a run comes to be: begun in the transaction of its request, or queued.

With room in this process, a run need not wait for a claim: its task is stored as running together with its empty
answer, and goes on as soon as that is committed. A process that dies before leaves it as one that it had claimed.
"""

from reznet.core.database import WriteSession
from reznet.core.ids import new_id
from reznet.repositories import beginnings, tasks
from reznet.schemas.agents import AgentOut
from reznet.schemas.channels import ChannelOut
from reznet.schemas.events import EventKind
from reznet.schemas.messages import MessageOut
from reznet.schemas.runs import Begun, Claim
from reznet.schemas.tasks import TaskOut
from reznet.services import events
from reznet.services.ports import Ports
from reznet.services.workflows import planning

_FIRST_RUN = 1


async def begin_or_queue(
    session: WriteSession,
    ports: Ports,
    new: tasks.NewTask,
    agent: AgentOut,
    channel: ChannelOut,
    request: MessageOut,
) -> TaskOut | None:
    """Store the run of an agent, which is held, for no workflow; None when the message has started it, or it is gone."""
    place = await ports.queue.hold_place(session)
    if place is None:
        return await queue(session, ports, new)
    task_id, answer_id = new_id(), new_id()
    task = await beginnings.insert_begun(
        session,
        new,
        task_id=task_id,
        answer_id=answer_id,
        thread_id=request.thread_id,
        worker=place.worker,
        engine=place.record_of(task_id, _FIRST_RUN),
    )
    if task is None:
        return None
    await events.record(
        session,
        ports,
        EventKind.MESSAGE_SENT,
        channel_id=channel.id,
        message_id=answer_id,
        task_id=task_id,
    )
    await events.record_task(session, ports, task)
    claim = Claim(task_id, answer_id, channel.id, task.attempt)
    place.begin(Begun(claim, task, agent, channel, request, planning=planning.offered(agent)))
    return task


async def queue(session: WriteSession, ports: Ports, new: tasks.NewTask) -> TaskOut | None:
    """Store a task and queue its run; None when its message has started that agent, or the agent is gone."""
    task = await tasks.insert_task(session, new)
    if task is not None:
        await ports.queue.enqueue_run(session, task.id, task.run)
        await events.record_task(session, ports, task)
    return task
