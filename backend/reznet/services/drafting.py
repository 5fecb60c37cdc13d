"""From a turn to the memories that are kept of it, without a model. Pure.

What was asked and what was answered become an episode each, `Ada: …`, redacted and cut; what a person said that is worth
more becomes a fact or a highlight.
"""

import re
from collections.abc import Iterator, Sequence
from typing import cast

from reznet.core.text import storable
from reznet.schemas.memories import MemoryKind
from reznet.schemas.messages import AuthorKind, MessageOut, MessageStatus
from reznet.schemas.remembering import Draft, DrawnFact, DueTurn, Said
from reznet.services.excerpts import ANSWER_CHARS, REQUEST_CHARS, excerpt
from reznet.services.facts import is_grounded
from reznet.services.highlights import highlights
from reznet.services.junk import is_junk, is_junk_answer
from reznet.services.ports import LOCAL_USER
from reznet.services.redaction import redacted

_REQUEST_IMPORTANCE, _ANSWER_IMPORTANCE = 0.4, 0.3
_LEAST_FACT, _MOST_FACT = 0.3, 0.9
_NAMED_FILES = 5
# Of a message; what is kept of it is a tenth of that, and to look through more would hold others up.
_MOST_READ = 20_000
# To whom it is said is known: it is whose memory this is.
_ADDRESS = re.compile(r"\s*(?:@[\w-]{1,60}[,:]?\s+)+")
# What everybody is called while nobody signs in; to a model, it would be itself.
_CALLED = {LOCAL_USER.name: "The user"}
MOST_FACTS = 8  # of one turn


def said_in(turn: DueTurn, *, unreliable: str | None = None) -> list[Said]:
    """Return what is worth remembering of what was said in a turn: of the request, of the answer, both or neither.

    What a model of the provider `unreliable` answered never is.
    """
    request, answer = _shown(turn.request), _shown(turn.answer)
    if answer is not None and unreliable is not None and _provider_of(answer) == unreliable:
        answer = None
    request_is_junk = request is None or is_junk(request.content)
    found: list[Said] = []
    if request is not None and (not request_is_junk or request.files):
        found += _said(turn, request, REQUEST_CHARS)
    if answer is not None and not is_junk_answer(answer.content, to_junk=request_is_junk):
        found += _said(turn, answer, ANSWER_CHARS)
    return found


def episodes(said: Sequence[Said]) -> list[Draft]:
    """Return what was said as memories."""
    return [
        _draft(
            one,
            f"{one.author}: {one.text}",
            MemoryKind.EPISODE,
            _REQUEST_IMPORTANCE if one.is_person else _ANSWER_IMPORTANCE,
        )
        for one in said
    ]


def marked(said: Sequence[Said]) -> list[Draft]:
    """Return the facts and highlights that the words themselves mark as such, of what people said."""
    return [
        _draft(one, f"{one.author}: {found.text}", found.kind, found.importance)
        for one in said
        if one.is_person
        for found in highlights(one.text)
    ]


def grounded(said: Sequence[Said], drawn: Sequence[DrawnFact]) -> list[Draft]:
    """Return what a model drew as memories, without what was not said and what it says twice, oldest first."""
    names = [one.author for one in said]
    turns: dict[object, str] = {}
    for one in said:
        turns[one.task_id] = f"{turns.get(one.task_id, '')}\n{one.text}"
    found: dict[str, Draft] = {}
    counts: dict[object, int] = {}
    for fact in drawn:
        if not 0 <= fact.place < len(said):
            continue
        source = said[fact.place]
        content = redacted(" ".join(storable(fact.content).split()))
        number = counts.get(source.task_id, 0)
        if number < MOST_FACTS and is_grounded(
            content, turns[source.task_id], names, source.said_at
        ):
            importance = min(_MOST_FACT, max(_LEAST_FACT, fact.importance))
            found.setdefault(content.lower(), _draft(source, content, MemoryKind.FACT, importance))
            counts[source.task_id] = number + 1
    return sorted(found.values(), key=lambda draft: draft.said_at)


def _shown(message: MessageOut | None) -> MessageOut | None:
    """Return the message if it is there and whole; what failed or was cancelled is not remembered."""
    if message is None or message.deleted_at is not None:
        return None
    return message if message.status is MessageStatus.COMPLETE else None


def _provider_of(answer: MessageOut) -> object:
    run: object = answer.metadata.get("run")
    return cast("dict[str, object]", run).get("provider") if isinstance(run, dict) else None


def _said(turn: DueTurn, message: MessageOut, most: int) -> Iterator[Said]:
    if message.author.kind is AuthorKind.SYSTEM:
        return
    names = [file.name for file in message.files[:_NAMED_FILES]]
    files = f"[files: {', '.join(names)}]" if names else ""
    content = redacted(message.content[:_MOST_READ])
    address = _ADDRESS.match(content)
    prose = excerpt(content[address.end() :] if address else content, most)
    text = "\n".join(part for part in (prose, redacted(files)) if part)
    if text:
        is_person = message.author.kind is AuthorKind.USER
        yield Said(
            task_id=turn.task_id,
            message_id=message.id,
            channel_id=message.channel_id,
            author=_CALLED.get(message.author.name, message.author.name),
            is_person=is_person,
            author_id=message.author.id if is_person else None,
            text=text,
            said_at=message.created_at,
        )


def _draft(said: Said, content: str, kind: MemoryKind, importance: float) -> Draft:
    return Draft(
        task_id=said.task_id,
        content=content,
        kind=kind,
        importance=importance,
        source_message_id=said.message_id,
        channel_id=said.channel_id,
        said_at=said.said_at,
        author_id=said.author_id,
    )
