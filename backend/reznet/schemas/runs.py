"""What a run needs to begin and what it ends with: the payloads between services and jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from reznet.schemas.agents import AgentOut
from reznet.schemas.channels import ChannelOut
from reznet.schemas.memories import MemoryOrigin, Scores, UsedMemory
from reznet.schemas.messages import MessageOut
from reznet.schemas.tasks import TaskOut
from reznet.workflows.brief import Brief
from reznet.workflows.plan import Plan


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to apply a result: it lasts while the task runs with this attempt."""

    task_id: UUID
    answer_id: UUID
    channel_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True)
class FileText:
    """What a text file says, or how it begins where it is long; the encoding may be a guess."""

    text: str
    is_whole: bool
    is_guess: bool


# Tuples, since some forty of either are made for each run, and twelve are told.
class Remembered(NamedTuple):
    """What a run is told of a memory; without scores, it was not searched for."""

    id: UUID
    owner_id: UUID
    content: str
    said_at: datetime
    origin: MemoryOrigin
    source_message_id: UUID | None = None
    scores: Scores | None = None


class Recollection(NamedTuple):
    """A memory that fits a request, and where it comes from: None is unknown.

    `channel` is the name of where it was said, `collection` that of the shared memories it is among. What
    is `standing` is pinned and important, and told whether it fits or not.
    """

    memory: Remembered
    author: str | None = None
    author_kind: str | None = None
    channel: str | None = None
    is_direct: bool = False
    collection: str | None = None
    standing: bool = False


class Planning(StrEnum):
    """Whether a run may make a plan: if it sees fit, or in any case."""

    NONE = "none"
    OFFERED = "offered"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that has begun, and what is known of it by then. A `brief` is what a run of a workflow is told instead of the request."""

    claim: Claim
    task: TaskOut
    agent: AgentOut
    channel: ChannelOut
    request: MessageOut
    brief: Brief | None = None
    planning: Planning = Planning.NONE


@dataclass(frozen=True, slots=True)
class RunContext:
    """Everything a run works on: what it has begun with, and what is read for it then.

    `history` is oldest first; `file_texts` has the text files of its messages, by the files' ids.
    `remembers`: there are memories that the run may use; `recollections` are those that fit, the best first.
    """

    claim: Claim
    task: TaskOut
    agent: AgentOut
    channel: ChannelOut
    request: MessageOut
    history: tuple[MessageOut, ...]
    roster: tuple[AgentOut, ...]
    file_texts: Mapping[UUID, FileText] = field(default_factory=dict[UUID, FileText])
    brief: Brief | None = None
    remembers: bool = False
    recollections: tuple[Recollection, ...] = ()
    planning: Planning = Planning.NONE


class Ending(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call of a model, failed ones included. Tokens and times in ms; `cost_usd` None: unknown."""

    provider: str
    model: str
    attempt: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_usd: Decimal | None
    estimated: bool
    latency_ms: int
    first_token_ms: int | None
    error_code: str | None


@dataclass(frozen=True, slots=True)
class ProposedPlan:
    """A plan that a run came to.

    `intro` is what was said before it; `notice` tells that it isn't the model's own.
    """

    plan: Plan
    intro: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run ended with. `error` is a code and a sentence with the next step.

    `memories` are those that the model was told of.
    `is_remembered`: a completed answer is looked at later for what is worth remembering.
    """

    ending: Ending
    text: str
    finish: str | None
    error: tuple[str, str] | None
    calls: tuple[ModelCall, ...]
    first_token_at: datetime | None
    memories: tuple[UsedMemory, ...] = ()
    is_remembered: bool = False
    plan: ProposedPlan | None = None
