"""Which memories an answer was given, with what they say now."""

from uuid import UUID

from pydantic import TypeAdapter

from reznet.core.database import ReadSession
from reznet.repositories import recall
from reznet.schemas.memories import AnswerMemory, UsedMemory
from reznet.services.access import access_message
from reznet.services.ports import Actor

_USED = TypeAdapter(tuple[UsedMemory, ...])


async def given_to(session: ReadSession, actor: Actor, message_id: UUID) -> list[AnswerMemory]:
    """Return the memories of an answer in the order of their marks, none for other messages. Raises NotFound."""
    message = await access_message(session, actor, message_id)
    used = _USED.validate_python(message.metadata.get("memories", ()))
    if not used:
        return []
    there = await recall.with_ids(
        session, {one.owner_id for one in used}, {one.id for one in used}
    )
    return [
        AnswerMemory(
            mark=one.mark,
            cited=one.cited,
            score=one.score,
            score_parts=one.score_parts,
            memory=there.get(one.id),
        )
        for one in used
    ]
