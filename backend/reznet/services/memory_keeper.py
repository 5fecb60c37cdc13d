"""Storing what comes of turns, each memory in view of those that are there: once, and with what it corrects."""

from uuid import UUID

from reznet.core.database import WriteSession
from reznet.repositories import memories, remembering
from reznet.repositories.memories import Embedded, NewMemory
from reznet.schemas.memories import MemoryKind, MemoryOrigin, MemoryOut
from reznet.schemas.remembering import Draft, Judged, Kept, Verdict
from reznet.services.facts import cosine, verdict_on


class Keeper:
    """Stores drafts one after the other, each in view of those before it."""

    def __init__(self, session: WriteSession, owner_id: UUID, kept: Kept) -> None:
        self._session = session
        self._owner_id = owner_id
        self._facts: list[tuple[MemoryOut, Embedded | None]] = []
        self._new: list[UUID] = []
        self.drafts: list[Draft] = []
        self.kept = kept

    async def take(self, judged: Judged, embedded: Embedded | None) -> None:
        """Store a draft unless it is there already; what it corrects is superseded."""
        draft = judged.draft
        known = await remembering.known(self._session, self._owner_id, draft.content)
        if any(
            draft.kind is MemoryKind.EPISODE or one.kind is not MemoryKind.EPISODE for one in known
        ):
            self._leave_out("duplicate")
            return
        superseded: list[UUID] = []
        corrected_by: UUID | None = None
        for old, verdict in [*(await self._still_there(judged)), *self._beside(draft, embedded)]:
            if verdict is Verdict.SAME:
                self._leave_out("duplicate")
                return
            if verdict is not Verdict.SUPERSEDES or old.pinned:
                continue
            if draft.author_id is None and _is_of_person(old):
                self._leave_out("overruled")  # an answer corrects no person
                return
            if draft.said_at >= old.said_at:
                superseded.append(old.id)
            else:
                corrected_by = corrected_by or old.id
        episode = next(
            (one.id for one in known if one.source_message_id == draft.source_message_id), None
        )
        memory = (
            await self._raise(episode, draft) if episode else await self._store(draft, embedded)
        )
        for old_id in superseded:
            await self._supersede(old_id, memory.id)
        if corrected_by is not None:
            await self._supersede(memory.id, corrected_by)
        elif draft.kind is MemoryKind.FACT:
            self._facts = [fact for fact in self._facts if fact[0].id not in superseded]
            self._facts.append((memory, embedded))

    async def finish(self) -> None:
        """Have what was stored found by its words, and by those of its neighbours."""
        near = await memories.neighbourhood(self._session, self._owner_id, self._new)
        await memories.refresh_words(self._session, self._owner_id, near)

    async def _still_there(self, judged: Judged) -> list[tuple[MemoryOut, Verdict]]:
        """Return what the fact was compared with, as it is now."""
        found: list[tuple[MemoryOut, Verdict]] = []
        for before, verdict in judged.like:
            old = None
            if verdict is not Verdict.UNRELATED:
                old = await memories.get(self._session, self._owner_id, before.id)
            if old is not None and old.superseded_by is None and old.content == before.content:
                found.append((old, verdict))
        return found

    def _beside(self, draft: Draft, embedded: Embedded | None) -> list[tuple[MemoryOut, Verdict]]:
        """Return how the draft stands to the facts that were stored just before it."""
        if draft.kind is not MemoryKind.FACT:
            return []
        name = embedded.embedder if embedded else None
        return [
            (
                memory,
                verdict_on(
                    draft.content,
                    memory.content,
                    cosine(embedded.vector, other.vector) if embedded and other else None,
                    name,
                ),
            )
            for memory, other in self._facts
        ]

    async def _store(self, draft: Draft, embedded: Embedded | None) -> MemoryOut:
        new = NewMemory(
            content=draft.content,
            kind=draft.kind,
            importance=draft.importance,
            pinned=False,
            source_message_id=draft.source_message_id,
            channel_id=draft.channel_id,
            said_at=draft.said_at,
            metadata={},
            embedded=embedded,
            origin=MemoryOrigin.ANSWER,
            author_id=draft.author_id,
        )
        (memory,) = await memories.insert_memories(self._session, self._owner_id, [new])
        self._new.append(memory.id)
        self._note(draft)
        return memory

    async def _raise(self, episode_id: UUID, draft: Draft) -> MemoryOut:
        """Let a turn's own memory count for more instead of storing its words once more."""
        changes = {"kind": draft.kind.value, "importance": draft.importance}
        memory = await memories.update_memory(self._session, self._owner_id, episode_id, changes)
        assert memory is not None  # noqa: S101 - nobody else changes this agent's memories now
        self._note(draft)
        return memory

    def _note(self, draft: Draft) -> None:
        self.drafts.append(draft)
        kind = draft.kind.value
        self.kept.stored[kind] = self.kept.stored.get(kind, 0) + 1

    async def _supersede(self, old_id: UUID, new_id: UUID) -> None:
        await memories.update_memory(
            self._session, self._owner_id, old_id, {"superseded_by": new_id}
        )

    def _leave_out(self, why: str) -> None:
        self.kept.filtered[why] = self.kept.filtered.get(why, 0) + 1


def _is_of_person(memory: MemoryOut) -> bool:
    return memory.author_id is not None or memory.origin is not MemoryOrigin.ANSWER
