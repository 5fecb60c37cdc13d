"""What goes between the steps of remembering: the turns that are due, and what is drawn from them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from reznet.schemas.agents import AgentOut
from reznet.schemas.memories import MemoryKind, MemoryOut
from reznet.schemas.messages import MessageOut


@dataclass(frozen=True, slots=True)
class DueTurn:
    """A completed run whose turn is to be remembered. The request or the answer may be gone meanwhile."""

    task_id: UUID
    agent_id: UUID | None
    agent_name: str
    channel_id: UUID
    finished_at: datetime
    attempts: int
    request: MessageOut | None
    answer: MessageOut | None


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns of one agent that one process works on until `until`, when another one may take them.

    `agent` is None when it is gone or is not to remember anything any more.
    """

    agent: AgentOut | None
    turns: tuple[DueTurn, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A memory before it is stored: redacted, cut, and with the message that says so."""

    task_id: UUID
    content: str
    kind: MemoryKind
    importance: float
    source_message_id: UUID
    channel_id: UUID
    said_at: datetime
    author_id: UUID | None


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a turn, as a model is shown it: redacted, cut, with who said it and when."""

    task_id: UUID
    message_id: UUID
    channel_id: UUID
    author: str
    is_person: bool
    author_id: UUID | None
    text: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class DrawnFact:
    """A fact that a model drew; `place` is that of its source among what it was shown, from 0."""

    content: str
    importance: float
    place: int


class Verdict(StrEnum):
    """How a new fact stands to an older one."""

    SAME = "same"
    SUPERSEDES = "supersedes"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True)
class Judged:
    """A drafted fact and how it stands to each fact like it that the agent remembers."""

    draft: Draft
    like: tuple[tuple[MemoryOut, Verdict], ...] = ()


@dataclass(slots=True)
class Kept:
    """How many memories were stored, and what was left out and why."""

    stored: dict[str, int] = field(default_factory=dict[str, int])
    filtered: dict[str, int] = field(default_factory=dict[str, int])
