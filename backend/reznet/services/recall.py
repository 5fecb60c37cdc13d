"""What a run is told of memory: the agent's own, and those of the collections that it may read where it runs.

Nothing is told for the sake of telling. What was found is told when at least one memory is near to the request; then
those that come near to it, too. `docs/decisions/recall.md` has what the limits below let through.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from reznet.core.database import ReadSession
from reznet.core.errors import NotFound
from reznet.core.text import storable
from reznet.repositories import recall as rows
from reznet.repositories.recall import Provenance
from reznet.schemas.channels import ChannelKind, ChannelOut
from reznet.schemas.memories import MemoryOrigin, MemoryOut
from reznet.schemas.runs import Recollection, RunContext
from reznet.services import memories
from reznet.services.collections import read_by
from reznet.services.memories import Asked
from reznet.services.ports import LOCAL_USER, Ports
from reznet.services.recall_query import Query

# More than a prompt takes, since some are left out again: what the history shows anyway.
_FOUND = 40
# Pinned memories of this importance are told with every request.
_STANDING_IMPORTANCE, _STANDING = 0.8, 8
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

    Without a query those alone are told. `asked` is the query as it is searched for.
    """
    owners = await read_by(session, run.agent.id, run.channel.id)
    owner_ids = [owner.id for owner in owners]
    standing = await rows.standing(session, owner_ids, _STANDING_IMPORTANCE, _STANDING)
    known = {memory.id for memory in standing}
    found: list[Sequence[MemoryOut]] = []
    if asked is not None:
        for owner in owners:
            with suppress(NotFound):  # it has gone meanwhile
                hits = await memories.search(session, LOCAL_USER, owner, asked, limit=_FOUND)
                found.append([hit for hit in hits if hit.id not in known])
    ids = [*known, *(hit.id for hits in found for hit in hits)]
    if not ids:
        return ()
    told = await rows.provenance(session, owner_ids, ids, query.request if query else "")
    near = [hit for hits in found for hit in _near(hits, told, query, asked)]
    near.sort(key=lambda hit: hit.score or 0.0, reverse=True)
    return tuple(
        _recollection(memory, told[memory.id], standing=memory.id in known)
        for memory in [*standing, *near]
        if memory.id in told and not _is_cleared(memory, told[memory.id], run.channel)
    )


def _near(
    hits: Sequence[MemoryOut],
    told: Mapping[UUID, Provenance],
    query: Query | None,
    asked: Asked | None,
) -> list[MemoryOut]:
    """Return which of one owner's hits are near enough to what is asked, in their order."""
    hits = [hit for hit in hits if hit.id in told]  # none that has gone meanwhile
    if query is not None and query.is_about_memory:
        return hits
    limits = _NEAR.get(asked.embedded.embedder) if asked and asked.embedded else None

    def is_near(hit: MemoryOut, at: int) -> bool:
        """Whether it is near enough to be the nearest (0), or one of the others (1)."""
        if limits is not None and not _is_unembedded(hit):
            return _nearness(hit, told[hit.id]) >= limits[at]
        return _holds_words(told[hit.id]) if at == 0 else told[hit.id].words_held > 0

    if not any(is_near(hit, 0) for hit in hits):
        return []
    return [hit for hit in hits if is_near(hit, 1)]


def _nearness(hit: MemoryOut, told: Provenance) -> float:
    dense = (hit.score_parts.dense if hit.score_parts else None) or 0.0
    return dense + _WORDS_WEIGHT * _share_of_words(told)


def _is_unembedded(hit: MemoryOut) -> bool:
    return hit.score_parts is None or hit.score_parts.dense is None


def _holds_words(told: Provenance) -> bool:
    enough = told.words_held >= 2 or told.words_held == told.words_asked
    return enough and told.words_held > 0 and _share_of_words(told) >= _LEAST_WORDS


def _share_of_words(told: Provenance) -> float:
    return told.words_held / told.words_asked if told.words_asked else 0.0


def _is_cleared(memory: MemoryOut, told: Provenance, channel: ChannelOut) -> bool:
    """Whether it was said in this channel before agents were to forget what was said in it.

    What a person wrote down without a source was not said there, and stays.
    """
    if channel.cleared_at is None or memory.channel_id != channel.id:
        return False
    was_said = memory.source_message_id is not None or memory.origin is not MemoryOrigin.PERSON
    return was_said and (told.source_at or memory.said_at) <= channel.cleared_at


def _recollection(memory: MemoryOut, told: Provenance, *, standing: bool) -> Recollection:
    return Recollection(
        memory,
        author=told.author_name,
        author_kind=told.author_kind,
        channel=told.channel_name,
        is_direct=told.channel_kind == ChannelKind.DM.value,
        collection=told.collection_name,
        standing=standing,
    )
