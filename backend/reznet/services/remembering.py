"""What is remembered of completed answers: which turns are due, and storing what comes of them, once.

Who claims tasks has them until a moment; what came of them is applied only while that moment still stands in them,
in the transaction that says that nothing is left to do. So a process that is killed leaves nothing half done, and
one that is too late stores nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import NotFound
from reznet.repositories import (
    agents,
    channels,
    memories,
    memory_search,
    messages,
    remembering,
)
from reznet.repositories.memories import Embedded, Filter
from reznet.repositories.remembering import DueTask
from reznet.schemas.agents import AgentOut, Remember
from reznet.schemas.memories import MemoryKind, MemoryOut
from reznet.schemas.messages import MessageOut
from reznet.schemas.remembering import Draft, DueTurn, Judged, Kept, Turns
from reznet.services.facts import verdict_on
from reznet.services.memory_keeper import Keeper
from reznet.services.memory_owners import Owner, hold
from reznet.services.ports import LOCAL_USER, Ports

TURN_LEASE = timedelta(seconds=60)
FACTS_LEASE = timedelta(minutes=5)  # outlives two calls of a model
_MOST_TURNS, _MOST_IN_CALL = 16, 8
# In a channel that is never quiet, facts are drawn after so many times the wait for quiet.
_LONGEST_WAIT = 15
# So many facts that are like a new one are compared with it, and they must be at least so near.
_MOST_LIKE, _LEAST_LIKE = 5, 0.6


async def claim_turns(session: WriteSession) -> list[Turns]:
    """Return the turns that are to be stored now, by agent, for oneself for a minute."""
    until = now() + TURN_LEASE
    due = await remembering.claim_turns(session, until, _MOST_TURNS)
    by_agent = groupby(sorted(due, key=_agent_key), key=_agent_key)
    loaded = [await _load(session, list(tasks)) for _, tasks in by_agent]
    return [Turns(agent, turns, until) for agent, turns in loaded]


async def claim_facts(session: WriteSession) -> Turns | None:
    """Return turns of one agent in one channel from which facts are to be drawn now, for oneself for minutes.

    A turn is shown only as far as the agent still remembers it: what somebody deleted is not drawn from.
    """
    until = now() + FACTS_LEASE
    due = await remembering.claim_facts(session, until, _MOST_IN_CALL)
    if not due:
        return None
    agent, turns = await _load(session, due)
    if agent is None:
        return Turns(None, turns, until)
    sources = [message.id for turn in turns for message in (turn.request, turn.answer) if message]
    kept = await remembering.sources_kept(session, agent.id, sources)
    return Turns(agent, tuple(_only(turn, kept) for turn in turns), until)


async def next_due(session: ReadSession) -> float | None:
    """Return in how many seconds something is due, 0 if it is already; None when nothing is."""
    due = await remembering.next_due(session)
    return None if due is None else max(0.0, (due - now()).total_seconds())


async def like(
    session: ReadSession, agent: AgentOut, draft: Draft, embedded: Embedded | None
) -> list[MemoryOut]:
    """Return the facts that the agent remembers which may say the same as a new one, or the contrary."""
    question = memory_search.Question(draft.content, embedded, now())
    only = Filter(kind=MemoryKind.FACT, expire_after_days=agent.config.memory.expire_after_days)
    found = await memory_search.search(session, agent.id, question, only, _MOST_LIKE)
    return [memory for memory in found if _is_near(memory)]


def judge(draft: Draft, embedded: Embedded | None, found: Sequence[MemoryOut]) -> Judged:
    """Return how a new fact stands to the ones like it, as far as words and nearness tell."""
    name = embedded.embedder if embedded else None
    return Judged(
        draft,
        tuple(
            (memory, verdict_on(draft.content, memory.content, _nearness(memory), name))
            for memory in found
        ),
    )


@dataclass(frozen=True, slots=True)
class Findings:
    """What comes of turns: memories with their vectors, and how many things were left out before."""

    judged: Sequence[Judged]
    vectors: Sequence[Embedded | None]
    left_out: Mapping[str, int]


async def apply(
    session: WriteSession, ports: Ports, turns: Turns, findings: Findings, *, then_facts: bool
) -> Kept | None:
    """Store what came of turns; None when another process has them by now, or the agent is gone.

    With `then_facts`, facts are drawn from those of which anything was stored, once their channel is quiet. Sources that
    were deleted meanwhile leave nothing behind.
    """
    ids = [turn.task_id for turn in turns.turns]
    sources = {judged.draft.source_message_id for judged in findings.judged}
    # The messages before the memories and these before the tasks, as whoever deletes them locks them.
    there = set(await memories.hold_sources(session, sources))
    agent = turns.agent
    if agent is not None:
        try:
            settings = await hold(session, LOCAL_USER, Owner(agent.id))
        except NotFound:
            agent = None
        else:
            agent = None if settings.remember is Remember.OFF else agent
    held = set(await remembering.lock_held(session, ids, turns.until))
    if agent is None or not held:
        await remembering.settle(session, held)
        return None
    writer = Keeper(session, agent.id, Kept(filtered=dict(findings.left_out)))
    for judged, vector in zip(findings.judged, findings.vectors, strict=True):
        if judged.draft.task_id in held and judged.draft.source_message_id in there:
            await writer.take(judged, vector)
    await writer.finish()
    waiting = held & {draft.task_id for draft in writer.drafts} if then_facts else set[UUID]()
    await remembering.settle(session, held - waiting)
    if waiting:
        quiet = timedelta(seconds=ports.settings.memory_quiet_seconds)
        await remembering.await_quiet(session, waiting, quiet, _LONGEST_WAIT * quiet)
    return writer.kept


async def put_off(session: WriteSession, turns: Turns, seconds: float) -> None:
    """Have turns taken up again later."""
    ids = [turn.task_id for turn in turns.turns]
    await remembering.put_off(session, ids, turns.until, now() + timedelta(seconds=seconds))


async def give_up(session: WriteSession, turns: Turns) -> None:
    """Remember nothing more of turns."""
    ids = [turn.task_id for turn in turns.turns]
    await remembering.settle(session, await remembering.lock_held(session, ids, turns.until))


def _agent_key(task: DueTask) -> str:
    return str(task.agent_id)


async def _load(
    session: ReadSession, due: Sequence[DueTask]
) -> tuple[AgentOut | None, tuple[DueTurn, ...]]:
    """Return the agent of the tasks, if it is there and remembers, and their turns."""
    first = due[0]
    agent = await agents.get(session, first.agent_id) if first.agent_id else None
    wanted = {task.message_id for task in due} | {task.answer_id for task in due if task.answer_id}
    found = {message.id: message for message in await messages.get_many(session, wanted)}
    cleared = {
        channel_id: channel.cleared_at if channel else None
        for channel_id in {task.channel_id for task in due}
        for channel in [await channels.get(session, channel_id)]
    }

    def shown(message_id: UUID | None, channel_id: UUID) -> MessageOut | None:
        message = found.get(message_id) if message_id else None
        since = cleared[channel_id]
        is_forgotten = message is not None and since is not None and message.created_at <= since
        return None if is_forgotten else message

    turns = tuple(
        DueTurn(
            task_id=task.id,
            agent_id=task.agent_id,
            agent_name=task.agent_name,
            channel_id=task.channel_id,
            finished_at=task.finished_at,
            attempts=task.attempts,
            request=shown(task.message_id, task.channel_id),
            answer=shown(task.answer_id, task.channel_id),
        )
        for task in sorted(due, key=lambda task: task.finished_at)
    )
    remembers = agent is not None and agent.config.memory.remember is not Remember.OFF
    return agent if remembers else None, turns


def _only(turn: DueTurn, kept: Collection[UUID]) -> DueTurn:
    request = turn.request if turn.request and turn.request.id in kept else None
    answer = turn.answer if turn.answer and turn.answer.id in kept else None
    return DueTurn(
        task_id=turn.task_id,
        agent_id=turn.agent_id,
        agent_name=turn.agent_name,
        channel_id=turn.channel_id,
        finished_at=turn.finished_at,
        attempts=turn.attempts,
        request=request,
        answer=answer,
    )


def _is_near(memory: MemoryOut) -> bool:
    nearness = _nearness(memory)
    return nearness is None or nearness >= _LEAST_LIKE


def _nearness(memory: MemoryOut) -> float | None:
    return memory.score_parts.dense if memory.score_parts else None
