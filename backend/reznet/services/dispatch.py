"""From a message to the runs it starts: mentions, direct messages, threads, and the limits of chains."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.locks import lock_for_transaction
from reznet.repositories import agents, channels, tasks
from reznet.schemas.agents import AgentOut
from reznet.schemas.channels import ChannelOut
from reznet.schemas.messages import Mention, MessageOut
from reznet.schemas.tasks import TaskOut
from reznet.services import beginnings, notices
from reznet.services.mentions import Candidate, candidates, resolve
from reznet.services.ports import Actor, Ports

MAX_AGENTS_A_MESSAGE = 20
_READ_AT_ONCE = 4096  # code points


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who a text names: where it names them, and the agents in the order of their first naming."""

    mentions: tuple[Mention, ...]
    agents: tuple[AgentOut, ...]


async def find_addressed(session: ReadSession | WriteSession, text: str) -> Addressed:
    """Return the agents that a text mentions. Costs the same however many agents there are."""
    found = await _read(text)
    if not found:
        return Addressed((), ())
    handles = {handle for candidate in found for handle in candidate.handles}
    known = await agents.by_handles(session, handles)
    mentions = tuple(
        Mention(agent_id=known[hit.handle].id, handle=hit.handle, start=hit.start, end=hit.end)
        for hit in resolve(found, known.keys())
    )
    in_order = dict.fromkeys(mention.handle for mention in mentions)
    return Addressed(mentions, tuple(known[handle] for handle in in_order))


async def _read(text: str) -> list[Candidate]:
    """Long texts are read in a thread: a hostile one takes a fifth of a second."""
    if len(text) <= _READ_AT_ONCE:
        return candidates(text)
    return await asyncio.to_thread(candidates, text)


async def recipients(
    session: WriteSession, channel: ChannelOut, thread_id: UUID | None, named: Sequence[AgentOut]
) -> list[AgentOut]:
    """Return the agents that a person's message goes to.

    Those it names; else, in a thread, whoever was asked there last; else, in direct messages, its
    agent; else nobody.
    """
    if named:
        return list(named)
    ids: list[UUID] = []
    if thread_id is not None:
        ids = await tasks.agents_asked_in_thread(session, thread_id)
    if not ids and channel.agent_id is not None:
        ids = [channel.agent_id]
    found = [await agents.get(session, agent_id) for agent_id in ids]
    return [agent for agent in found if agent is not None]


async def only_recipient(
    session: ReadSession, channel_id: UUID, text: str, to_agent: UUID | None
) -> tuple[tuple[Mention, ...], AgentOut | None]:
    """Return what a message of a channel's top level mentions, and the agent that it goes to, if that is exactly one."""
    addressed = await find_addressed(session, text)
    if to_agent is None and addressed.agents:
        return addressed.mentions, addressed.agents[0] if len(addressed.agents) == 1 else None
    if to_agent is None:
        channel = await channels.get(session, channel_id)
        to_agent = channel.agent_id if channel is not None else None
    asked = await agents.get(session, to_agent) if to_agent is not None else None
    return addressed.mentions, asked


async def start_for_person(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    channel: ChannelOut,
    message: MessageOut,
    asked: Sequence[AgentOut],
) -> tuple[TaskOut, ...]:
    """Start one run for each agent that a person's message goes to, at once where this process has room.

    Inactive agents, and those beyond the limit of a message, are not started; a notice says so.
    """
    active = await _only_active(session, ports, message, asked)
    if len(active) > MAX_AGENTS_A_MESSAGE:
        left_out = ", ".join(f"@{agent.handle}" for agent in active[MAX_AGENTS_A_MESSAGE:])
        text = f"One message can ask {MAX_AGENTS_A_MESSAGE} agents; not asked: {left_out}."
        await _notice(session, ports, message, text, "too_many_agents")
    chosen = active[:MAX_AGENTS_A_MESSAGE]
    if not chosen:
        return ()
    await agents.hold(session, {agent.id for agent in chosen})
    started: list[TaskOut] = []
    for agent in chosen:
        new = tasks.NewTask(
            channel_id=message.channel_id,
            message_id=message.id,
            agent_id=agent.id,
            agent_name=agent.name,
            root_id=message.id,
            parent_id=None,
            hop=0,
            created_by=actor.handle,
        )
        task = await beginnings.begin_or_queue(session, ports, new, agent, channel, message)
        if task is not None:
            started.append(task)
    return tuple(started)


async def start_for_answer(
    session: WriteSession,
    ports: Ports,
    task: TaskOut,
    answer: MessageOut,
    asked: Sequence[AgentOut],
) -> tuple[TaskOut, ...]:
    """Start the runs of the agents that an agent's answer mentions.

    An agent can't call itself. A chain ends at the hop limit, and all runs that agents start among
    themselves after one message of a person share a budget; a notice says where it ended.
    """
    others = [agent for agent in asked if agent.id != task.agent_id]
    others = await _only_active(session, ports, answer, others)
    if not others:
        return ()
    if task.hop >= ports.settings.hop_limit:
        names = ", ".join(f"@{agent.handle}" for agent in others)
        text = (
            f"Stopped here: agents have handed on to each other {task.hop} times, which is the limit. "
            f"Not asked: {names}. Mention one to go on."
        )
        await _notice(session, ports, answer, text, "hop_limit")
        return ()
    root_id = task.root_id or task.message_id
    # Two answers of one chain must not both take the last turn.
    await lock_for_transaction(session, f"turns:{root_id}")
    left = max(0, ports.settings.turn_budget - await tasks.count_for_root(session, root_id))
    if len(others) > left:
        names = ", ".join(f"@{agent.handle}" for agent in others[left:])
        text = (
            f"Stopped here: agents have used the {ports.settings.turn_budget} turns they have among "
            f"themselves. Not asked: {names}. Mention one to go on."
        )
        await _notice(session, ports, answer, text, "turn_budget")
    new = [
        tasks.NewTask(
            channel_id=answer.channel_id,
            message_id=answer.id,
            agent_id=agent.id,
            agent_name=agent.name,
            root_id=root_id,
            parent_id=task.id,
            hop=task.hop + 1,
            created_by=task.agent_name,
        )
        for agent in others[:left]
    ]
    await agents.hold(session, {item.agent_id for item in new})
    started = [await beginnings.queue(session, ports, item) for item in new]
    return tuple(task for task in started if task is not None)


async def _only_active(
    session: WriteSession, ports: Ports, message: MessageOut, asked: Sequence[AgentOut]
) -> list[AgentOut]:
    inactive = [agent for agent in asked if not agent.is_active]
    if inactive:
        names = ", ".join(f"@{agent.handle}" for agent in inactive)
        await _notice(
            session, ports, message, f"Switched off, so not asked: {names}.", "agent_inactive"
        )
    return [agent for agent in asked if agent.is_active]


async def _notice(
    session: WriteSession, ports: Ports, about: MessageOut, text: str, code: str
) -> None:
    await notices.post(
        session,
        ports,
        about.channel_id,
        text,
        code=code,
        thread_id=about.thread_id,
        reply_to_id=about.id,
    )
