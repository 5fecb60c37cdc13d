"""How a run comes to be: begun in the transaction of its request, or queued.

With room in this process, a run need not wait for a claim: its task is stored as running together with its empty
answer, and goes on as soon as that is committed. A process that dies before leaves it as one that it had claimed.
"""

from uuid import UUID

from reznet.core.bus import Topic
from reznet.core.database import WriteSession
from reznet.core.ids import new_id
from reznet.repositories import beginnings, requests, tasks
from reznet.repositories.plain_messages import PlainMessage
from reznet.schemas.agents import AgentOut
from reznet.schemas.channels import ChannelOut
from reznet.schemas.events import EventKind, MessageSent, TaskUpdated
from reznet.schemas.messages import Mention, MessageOut
from reznet.schemas.runs import Begun, Claim
from reznet.schemas.tasks import TaskOut
from reznet.services import events
from reznet.services.ports import Ports
from reznet.services.workflows import planning

_FIRST_RUN = 1


async def ask_one(
    session: WriteSession,
    ports: Ports,
    said: PlainMessage,
    agent: AgentOut,
    mentions: tuple[Mention, ...],
    created_by: str,
) -> tuple[MessageOut, TaskOut] | None:
    """Store a person's request to one agent with its run, at once and by itself, and signal them.

    None, and nothing stored, when this process has no room, or it needs more than that: see `requests.insert_request`.
    """
    place = await ports.queue.hold_place(session)
    if place is None:
        return None
    task_id = new_id()
    request = requests.Request(
        message_id=new_id(),
        task_id=task_id,
        answer_id=new_id(),
        said=said,
        mentions=mentions,
        agent_id=agent.id,
        agent_name=agent.name,
        created_by=created_by,
    )
    asked = await requests.insert_request(session, request, place.record_of(task_id, _FIRST_RUN))
    if asked is None:
        return None
    place.begin(_begun(asked.task, asked.answer.id, agent, asked.channel, asked.message))
    ports.bus.publish(Topic.EVENTS, {"said": _told(asked)})
    return asked.message, asked.task


def _told(asked: requests.Asked) -> list[MessageSent | TaskUpdated]:
    ids, channel_id = asked.event_ids, asked.channel.id
    return [
        MessageSent(event_id=ids[0], channel_id=channel_id, message=asked.message, thread=None),
        MessageSent(event_id=ids[1], channel_id=channel_id, message=asked.answer, thread=None),
        TaskUpdated(event_id=ids[2], channel_id=channel_id, task=asked.task),
    ]


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
    place.begin(_begun(task, answer_id, agent, channel, request))
    return task


async def queue(session: WriteSession, ports: Ports, new: tasks.NewTask) -> TaskOut | None:
    """Store a task and queue its run; None when its message has started that agent, or the agent is gone."""
    task = await tasks.insert_task(session, new)
    if task is not None:
        await ports.queue.enqueue_run(session, task.id, task.run)
        await events.record_task(session, ports, task)
    return task


def _begun(
    task: TaskOut, answer_id: UUID, agent: AgentOut, channel: ChannelOut, request: MessageOut
) -> Begun:
    claim = Claim(task.id, answer_id, channel.id, task.attempt)
    return Begun(claim, task, agent, channel, request, planning=planning.offered(agent))
