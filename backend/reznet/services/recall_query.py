"""What a run looks for among memories, from the request and what was said right before it. Pure.

Small talk looks for nothing. A request that says enough by itself is the question. One that is very short, goes on with
what was said ("and Berlin?"), or refers to it by a pronoun ("when did she move there?") is asked together
with the last turns of the same speaker, and of the agent to that speaker, where the request was said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from reznet.schemas.messages import Author, AuthorKind, MessageOut, MessageStatus
from reznet.workflows.brief import Brief

# An embedder reads some 2,000 characters, and a search a few dozen words.
_MOST_CHARS = 1_200
_TAIL_CHARS = 400
_RECENT_TURNS = 3
_RECENT_CHARS = 240
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_LINES = re.compile(r"\s+")
_GREETING = re.compile(r"\bgood (?:morning|afternoon|evening|night|day)\b", re.IGNORECASE)
_REMEMBERING = re.compile(
    r"\b((?:you|we|i|don't|can't) (?:still |ever |also )?(?:remember|recall|forg[eo]t(?:ten)?)"
    r"|(?:your|my|our) memor(?:y|ies)|know about (?:me|us|my|our)"
    r"|(?:i|we)(?:'ve| have)? (?:ever )?(?:told|mentioned|tell|mention))\b",
    re.IGNORECASE,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PRONOUNS = _words(
    "he him his she her hers it its they them their theirs this that these those there then one ones former latter "
    "same again"
)
_GOING_ON = _words("and or but also so what about how why else more continue")
_SMALL_TALK = _words(
    "hi hello hey heya yo hiya howdy greetings bye goodbye cheers thanks thank thx "
    "ty welcome sorry please ok okay k yes yeah yep no nope sure right fine good great nice cool perfect awesome "
    "wonderful well lol haha wow hm hmm oh ah alright congrats congratulations ping"
)
_STOP = _words(
    "a an the i me my mine we us our ours you your yours who whom whose which what when where why how is am are was "
    "were be been being do does did doing have has had having can could will would shall should may might must of in "
    "on at by for from to with as if than up down out into over just very too not now all any some up what's it's i'm "
    "you're how's that's let's don't much many lot here's everyone"
)
_SAYING_NOTHING = _STOP | _SMALL_TALK | _PRONOUNS | _GOING_ON


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: `text`, of which `request` is what was said last. The times that it names are as of `at`.

    `is_about_memory`: the request asks what is remembered, so whatever is nearest answers it.
    """

    text: str
    request: str
    at: datetime
    is_about_memory: bool = False


def query_of(request: MessageOut, history: Sequence[MessageOut], agent_id: UUID) -> Query | None:
    """Return what to look for, None when the request asks for nothing; `history` is oldest first."""
    asked = _shortened(_without_mentions(request))
    words = [
        word.lower().replace("\u2019", "'")
        for word in _WORD.findall(_GREETING.sub("hello", asked))
    ]
    telling = [word for word in words if word not in _SAYING_NOTHING]
    is_about_memory = _REMEMBERING.search(asked) is not None
    refers = (
        any(word in _PRONOUNS for word in words)
        or (words[:1] and words[0] in _GOING_ON and len(telling) <= 1)
        or len(telling) == 1
    )
    # It greets, thanks or agrees, and nothing more: "that's great, thanks".
    is_small_talk = not telling and any(word in _SMALL_TALK for word in words)
    recent = _recent(request, history, agent_id) if refers and not is_small_talk else []
    if not telling and not recent:
        return None
    return Query("\n".join([*recent, asked]), asked, request.created_at, is_about_memory)


def query_of_task(brief: Brief, at: datetime) -> Query:
    """Return what to look for when an agent does a task of a workflow, or sums one up; `at` is when it was asked for."""
    parts = [brief.request] if brief.is_summary else [brief.title, brief.description]
    text = _shortened(_LINES.sub(" ", ". ".join(part for part in parts if part)).strip())
    return Query(text, text, at)


def _recent(request: MessageOut, history: Sequence[MessageOut], agent_id: UUID) -> list[str]:
    """Return the last turns of who asks, and of the agent, oldest first."""
    turns = [
        message
        for message in history
        if message.status is MessageStatus.COMPLETE
        and (_is_same(message.author, request.author) or _is_agent(message.author, agent_id))
        and message.content.strip()
    ]
    return [_without_mentions(message)[:_RECENT_CHARS] for message in turns[-_RECENT_TURNS:]]


def _is_same(one: Author, other: Author) -> bool:
    return (one.kind, one.id, one.name) == (other.kind, other.id, other.name)


def _is_agent(author: Author, agent_id: UUID) -> bool:
    return author.kind is AuthorKind.AGENT and author.id == agent_id


def _without_mentions(message: MessageOut) -> str:
    """Return the text on one line, without the handles that it mentions: they say nothing of what is asked."""
    text = message.content
    for mention in sorted(message.mentions, key=lambda found: found.start, reverse=True):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    return _LINES.sub(" ", text).strip(" ,:;-")


def _shortened(text: str) -> str:
    """Return the text, or its beginning and its end, where a long one says what it wants."""
    if len(text) <= _MOST_CHARS:
        return text
    return f"{text[: _MOST_CHARS - _TAIL_CHARS]} {text[-_TAIL_CHARS:]}"
