"""What agents remember, as clients send and see it."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from reznet.core.clock import now
from reznet.core.text import storable
from reznet.schemas.base import Prose, Request, Response, not_blank

MAX_CONTENT = 8_000
MAX_BULK = 500
MAX_METADATA_BYTES = 8 * 1024
_FIRST_YEAR, _LAST_YEAR = 1, 9998  # so that a zone's offset leads out of no calendar


class MemoryKind(StrEnum):
    """What is remembered: something learned, or something said."""

    FACT = "fact"
    HIGHLIGHT = "highlight"
    EPISODE = "episode"
    NOTE = "note"
    SUMMARY = "summary"


class MemoryOrigin(StrEnum):
    """Where a memory comes from: written down by a person, drawn from an answer, imported, or made of others."""

    PERSON = "person"
    ANSWER = "answer"
    IMPORT = "import"
    SUMMARY = "summary"


def _in_calendar(value: datetime) -> datetime:
    if not _FIRST_YEAR < value.year <= _LAST_YEAR:
        raise ValueError(f"must lie between the years {_FIRST_YEAR + 1} and {_LAST_YEAR}")
    return value.astimezone(UTC)


def _to_come(value: datetime) -> datetime:
    if value <= now():
        raise ValueError("must lie in the future")
    return value


def _clean(value: object) -> object:
    """Return JSON with texts as PostgreSQL can hold them."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _clean(one) for key, one in value.items()}  # type: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_clean(one) for one in value]  # type: ignore[reportUnknownVariableType]
    return value


def _small(value: dict[str, Any]) -> dict[str, Any]:
    cleaned = {storable(key): _clean(one) for key, one in value.items()}
    try:
        size = len(orjson.dumps(cleaned))
    except (orjson.JSONEncodeError, RecursionError):
        raise ValueError("must be JSON with whole numbers of at most 64 bits") from None
    if size > MAX_METADATA_BYTES:
        raise ValueError(f"must be at most {MAX_METADATA_BYTES} bytes as JSON")
    return cleaned


Content = Annotated[Prose, Field(max_length=MAX_CONTENT), AfterValidator(not_blank)]
# Single precision holds six digits, and nothing so near to 0 as a client may send.
Importance = Annotated[
    float,
    Field(ge=0, le=1, description="From 0 to 1."),
    AfterValidator(lambda value: round(value, 6)),
]
Metadata = Annotated[dict[str, Any], AfterValidator(_small)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_calendar)]
Later = Annotated[Moment, AfterValidator(_to_come)]


class MemoryCreate(Request):
    """Something to remember."""

    content: Content
    kind: MemoryKind = MemoryKind.NOTE
    importance: Importance = 0.5
    pinned: bool = False
    source_message_id: UUID | None = Field(
        default=None, description="The message that says so. The memory is deleted with it."
    )
    channel_id: UUID | None = Field(
        default=None, description="Where it was said; left out, it is the source's channel."
    )
    said_at: Moment | None = Field(
        default=None, description="When it was said; left out, it is the source's time, else now."
    )
    expires_at: Later | None = Field(
        default=None,
        description="When it is forgotten, unless it is pinned; left out, as the agent's settings have it.",
    )
    metadata: Metadata = Field(default_factory=dict)


class MemoryBulk(Request):
    """Many things to remember, stored all or none, in their order."""

    memories: Annotated[list[MemoryCreate], Field(min_length=1, max_length=MAX_BULK)]


class MemoryUpdate(Request):
    """What to change; what is left out stays."""

    content: Content | None = None
    kind: MemoryKind | None = None
    importance: Importance | None = None
    pinned: bool | None = None
    superseded_by: UUID | None = Field(
        default=None,
        description="The memory that corrects this one, which is then found no more; null lets it stand again.",
    )
    expires_at: Later | None = Field(
        default=None,
        description="When it is forgotten, unless it is pinned; null: as the agent's settings have it.",
    )
    metadata: Metadata | None = None


class ScoreParts(BaseModel):
    """What a score is made of. Ranks count from 1; null: not found that way."""

    model_config = ConfigDict(frozen=True)

    dense: float | None = Field(description="Nearness of meaning, from -1 to 1.")
    dense_rank: int | None
    text: float | None = Field(description="Weight of the words in common.")
    text_rank: int | None
    time: float = Field(description="Added because it was said at the time that was asked for.")
    importance: float = Field(description="Added for its importance.")
    recency: float = Field(description="Added because it was said lately.")


class Scores(NamedTuple):
    """What a search says of a memory, as the database has it; `ScoreParts` and the score tell it."""

    score: float
    dense: float | None
    dense_rank: int | None
    text: float | None
    text_rank: int | None
    time: float
    importance: float
    recency: float

    @classmethod
    def told(cls, memory: "MemoryOut") -> "Scores":
        """Return what a search told of a memory that it found."""
        assert memory.score is not None  # noqa: S101 - it was searched for
        assert memory.score_parts is not None  # noqa: S101
        return cls(memory.score, **memory.score_parts.model_dump())

    @property
    def total(self) -> float:
        """The score as it is told."""
        return round(self.score, 4)

    @property
    def nearness(self) -> float | None:
        """The nearness of meaning as it is told."""
        return None if self.dense is None else round(self.dense, 4)

    def parts(self) -> ScoreParts:
        """Return what the score is made of, as it is told."""
        return ScoreParts(
            dense=self.nearness,
            dense_rank=self.dense_rank,
            text=None if self.text is None else round(self.text, 4),
            text_rank=self.text_rank,
            time=round(self.time, 4),
            importance=round(self.importance, 4),
            recency=round(self.recency, 4),
        )


class UsedMemory(BaseModel):
    """A memory that an answer was given, as the answer's `metadata.memories` tells it.

    What it says is not there, so that nothing is left of it once it is deleted.
    """

    model_config = ConfigDict(frozen=True)

    mark: str = Field(description="How the answer cites it: `m1` stands there as `[m1]`.")
    id: UUID
    owner_id: UUID = Field(description="The agent or the collection whose memory it is.")
    score: float | None
    score_parts: ScoreParts | None
    cited: bool = Field(description="Whether the answer has its mark.")


class MemoryOut(Response):
    """Something that an agent remembers, or that a shared collection holds."""

    id: UUID
    agent_id: UUID | None = Field(description="Whose it is; null in a collection.")
    collection_id: UUID | None = Field(description="The collection it is in, if it is shared.")
    kind: MemoryKind
    content: str
    importance: float
    pinned: bool
    source_message_id: UUID | None
    channel_id: UUID | None
    said_at: datetime
    metadata: dict[str, Any]
    superseded_by: UUID | None
    summarized_by: UUID | None = Field(
        description="The summary that stands for it; it is then found no more by itself."
    )
    origin: MemoryOrigin
    author_id: UUID | None = Field(
        description="The person who said it; null: an agent, or unknown."
    )
    expires_at: datetime | None
    embedder: str | None = Field(
        description="What it was embedded with; null: it is found by its words alone."
    )
    created_at: datetime
    updated_at: datetime
    score: float | None = Field(
        default=None,
        description="Of a search; higher is better, to be compared within one answer.",
    )
    score_parts: ScoreParts | None = None


class AnswerMemory(Response):
    """A memory that an answer was given, and what it says now."""

    mark: str
    cited: bool
    score: float | None = Field(description="Null: it was given for being pinned and important.")
    score_parts: ScoreParts | None
    memory: MemoryOut | None = Field(description="Null: it has been deleted since.")
