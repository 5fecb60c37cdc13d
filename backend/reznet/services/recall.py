"""What a run is told of memory: the agent's own, and those of the collections that it may read where it runs.

Nothing is told for the sake of telling. What was found is told when at least one memory is near to the request; then
those that come near to it, too. `docs/decisions/recall.md` has what the limits below let through.
"""

from collections.abc import Sequence
from dataclasses import replace

from reznet.core.database import ReadSession
from reznet.core.text import storable
from reznet.repositories import recall as rows
from reznet.repositories.recall import Found, Reader
from reznet.schemas.channels import ChannelKind, ChannelOut
from reznet.schemas.memories import MemoryOrigin
from reznet.schemas.runs import Recollection, Remembered, RunContext
from reznet.services import memories
from reznet.services.memories import Asked
from reznet.services.ports import Ports
from reznet.services.recall_query import Query

# Pinned memories of this importance are told with every request.
_STANDING_IMPORTANCE = 0.8
# How near the nearest has to be to the request, in meaning and (up to this weight) in words, for anything to be
# told, and how near each of the others. Each embedder has a scale of its own.
_WORDS_WEIGHT = 0.15
_NEAR = {"bge-small-en-v1.5-int8": (0.68, 0.55)}
# By words alone, at least this part of the request's, and more than one unless it has only one.
_LEAST_WORDS = 0.5


async def ask(ports: Ports, query: Query) -> Asked:
    """Return the query ready to be searched for. Calls a model: never while a session is open."""
    asked = await memories.ask(ports, query.text, query.at)
    return replace(asked, times_in=query.request)


def ask_by_words(query: Query) -> Asked:
    """Return the query to be searched for by its words alone."""
    return Asked(storable(query.text), None, query.at, query.request)


async def recall(
    session: ReadSession, run: RunContext, query: Query | None, asked: Asked | None
) -> tuple[Recollection, ...]:
    """Return what the run may be told, the best first, standing memories before all.

    Without a query those alone are told. `asked` is the query as it is searched for. The run's agent was let to run, so
    there is no other gate before its memories and those granted to it.
    """
    kept = run.agent.config.memory
    reader = Reader(run.agent.id, run.channel.id, kept.expire_after_days, kept.half_life_days)
    question = None if asked is None else memories.question_of(asked)
    request = query.request if query else ""
    looked = await rows.look(session, reader, question, request, _STANDING_IMPORTANCE)
    found = list(looked.found)
    if question is not None:
        found += [
            await rows.look_apart(session, reader, apart, question, request)
            for apart in looked.apart
        ]
    known = {one.id for one in looked.standing}
    near = [
        one
        for of_owner in found
        for one in _near([one for one in of_owner if one.id not in known], query, asked)
    ]
    near.sort(key=_score, reverse=True)
    return tuple(
        _recollection(one)
        for one in (*looked.standing, *near)
        if not _is_cleared(one, run.channel)
    )


def _near(found: Sequence[Found], query: Query | None, asked: Asked | None) -> Sequence[Found]:
    """Return which of one owner's memories are near enough to what is asked, in their order."""
    if query is not None and query.is_about_memory:
        return found
    limits = _NEAR.get(asked.embedded.embedder) if asked and asked.embedded else None

    def is_near(one: Found, at: int) -> bool:
        """Whether it is near enough to be the nearest (0), or one of the others (1)."""
        dense = one.scores.nearness if one.scores else None
        if limits is not None and dense is not None:
            return dense + _WORDS_WEIGHT * _share_of_words(one) >= limits[at]
        return _holds_words(one) if at == 0 else one.words_held > 0

    if not any(is_near(one, 0) for one in found):
        return ()
    return [one for one in found if is_near(one, 1)]


def _holds_words(one: Found) -> bool:
    enough = one.words_held >= 2 or one.words_held == one.words_asked
    return enough and one.words_held > 0 and _share_of_words(one) >= _LEAST_WORDS


def _share_of_words(one: Found) -> float:
    return one.words_held / one.words_asked if one.words_asked else 0.0


def _score(one: Found) -> float:
    return one.scores.total if one.scores else 0.0


def _is_cleared(one: Found, channel: ChannelOut) -> bool:
    """Whether it was said in this channel before agents were to forget what was said in it.

    What a person wrote down without a source was not said there, and stays.
    """
    if channel.cleared_at is None or one.channel_id != channel.id:
        return False
    was_said = one.source_message_id is not None or one.origin != MemoryOrigin.PERSON
    return was_said and (one.source_at or one.said_at) <= channel.cleared_at


def _recollection(one: Found) -> Recollection:
    return Recollection(
        Remembered(
            one.id,
            one.owner_id,
            one.content,
            one.said_at,
            MemoryOrigin(one.origin),
            one.source_message_id,
            one.scores,
        ),
        author=one.author_name,
        author_kind=one.author_kind,
        channel=one.channel_name,
        is_direct=one.channel_kind == ChannelKind.DM.value,
        collection=one.collection_name,
        standing=one.scores is None,
    )
