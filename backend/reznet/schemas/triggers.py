"""Triggers of saved workflows as clients send and see them."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from reznet.schemas.base import ClientId, Prose, Request, Response
from reznet.schemas.messages import MessageError
from reznet.schemas.saved_workflows import MAX_PARAMETERS, ParameterName, Values
from reznet.workflows.message_patterns import MAX_PATTERN

_PATH = r"^[^.\s]{1,80}(\.[^.\s]{1,80}){0,9}$"


def _place_in_body(value: str) -> str:
    if not re.fullmatch(_PATH, value):
        raise ValueError(
            "must be names of fields or places in lists with dots between, 10 at most, such as pull_request.title"
        )
    return value


PlaceInBody = Annotated[
    str, AfterValidator(_place_in_body), Field(json_schema_extra={"pattern": _PATH})
]


class TriggerKind(StrEnum):
    """What a trigger waits for."""

    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    MESSAGE = "message"


class FiringKind(StrEnum):
    """What made a trigger fire."""

    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    MESSAGE = "message"
    MANUAL = "manual"


class FiringStatus(StrEnum):
    """What came of it: a workflow, an error, or nothing since it was missed."""

    STARTED = "started"
    FAILED = "failed"
    SKIPPED = "skipped"


class Missed(StrEnum):
    """What becomes of times that came while nothing ran: nothing, or one run for all of them."""

    SKIP = "skip"
    ONCE = "once"


class ScheduleSettings(Request):
    """Times at which a workflow is made."""

    kind: Literal["schedule"] = "schedule"
    cron: Annotated[Prose, Field(max_length=200)] = Field(
        description="Minute, hour, day of month, month, weekday, such as `0 9 * * 1-5`."
    )
    time_zone: Annotated[Prose, Field(max_length=100)] = Field(
        "UTC", description="An IANA name, such as `Europe/Berlin`."
    )
    missed: Missed = Field(
        Missed.SKIP, description="What becomes of times that came while nothing ran."
    )


class WebhookSettings(Request):
    """Calls from outside that make a workflow."""

    kind: Literal["webhook"] = "webhook"
    fields: Annotated[
        dict[ParameterName, PlaceInBody],
        Field(max_length=MAX_PARAMETERS),
    ] = Field(
        default_factory=dict[str, str],
        description="Where in the JSON body a parameter's value is, such as `pull_request.title` or `items.0.name`; "
        "default: the field of the parameter's name.",
    )


class MessageSettings(Request):
    """Messages of people in the channel that make a workflow."""

    kind: Literal["message"] = "message"
    pattern: Annotated[Prose, Field(max_length=MAX_PATTERN)] = Field(
        description="How a message begins, such as `!release {version}`; what stands at a name in braces fills the "
        "parameter of that name."
    )


TriggerSettings = Annotated[
    ScheduleSettings | WebhookSettings | MessageSettings, Field(discriminator="kind")
]


class TriggerCreate(Request):
    """Makes workflows of a saved one by itself."""

    saved_workflow_id: UUID
    channel_id: UUID
    settings: TriggerSettings
    parameters: Values = Field(
        default_factory=dict[str, str],
        description="Values that are always the same. Nothing from outside replaces them.",
    )
    auto_start: bool = Field(True, description="False: the workflows wait for a start.")
    is_active: bool = True


class TriggerUpdate(Request):
    """Changes of a trigger; what is left out stays. Its kind and its saved workflow stay in any case."""

    channel_id: UUID | None = None
    settings: TriggerSettings | None = None
    parameters: Values | None = None
    auto_start: bool | None = None
    is_active: bool | None = None


class TriggerFire(Request):
    """Fires a trigger now."""

    parameters: Values = Field(
        default_factory=dict[str, str],
        description="Beside those of the trigger, or instead of them.",
    )
    client_id: ClientId | None = None


class TriggerPreview(Request):
    """A schedule that is not saved yet."""

    settings: TriggerSettings = Field(description="Of the kind `schedule`; others have no times.")


class TriggerTimes(Response):
    """When a schedule is due."""

    times: list[datetime] = Field(
        description="The next five, soonest first, with the offset that the time zone has then, such as "
        "`2026-03-30T09:00:00+02:00`."
    )


class TriggerOut(Response):
    """A trigger."""

    id: UUID
    saved_workflow_id: UUID
    saved_workflow_name: str
    channel_id: UUID
    kind: TriggerKind
    settings: TriggerSettings
    parameters: dict[str, str]
    auto_start: bool
    is_active: bool
    url: str | None = Field(
        default=None, description="Of a webhook: the path that is called, on this server."
    )
    next_at: datetime | None = Field(description="Of a schedule: when it is due next.")
    last_fired_at: datetime | None
    last_error: str | None = Field(description="Why the last occurrence made no workflow.")
    created_by: str
    created_at: datetime
    updated_at: datetime


class TriggerWithSecret(TriggerOut):
    """A trigger as whoever made it sees it, once."""

    secret: str | None = Field(
        description="Of a webhook: what calls are signed with. It is not shown again."
    )


class FiringOut(Response):
    """What came of one occurrence of a trigger."""

    id: UUID
    trigger_id: UUID
    kind: FiringKind
    status: FiringStatus
    occurrence: str = Field(description="What it was: a time, an id of a call, or a message.")
    workflow_id: UUID | None
    message_id: UUID | None
    parameters: dict[str, str] = Field(description="What came with the occurrence.")
    error: MessageError | None
    created_at: datetime
