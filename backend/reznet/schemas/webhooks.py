"""Webhooks out, and what became of each call, as clients send and see them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field

from reznet.schemas.base import Prose, Request, Response
from reznet.schemas.workflows import WorkflowOut


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        parts.hostname.encode("idna") if parts.hostname else b""
    except ValueError:
        is_good = False
        parts = urlsplit("")
    if not is_good or not value.isprintable() or " " in value or "\\" in value:
        raise ValueError("must be an address such as https://example.com/hook")
    if "@" in parts.netloc:
        raise ValueError("must not hold a name or password; calls are signed instead")
    if parts.fragment:
        raise ValueError("must not have a part after '#'")
    return value


WebAddress = Annotated[Prose, Field(max_length=2_000), AfterValidator(_web_address)]


class Ended(StrEnum):
    """How a workflow may end."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


Endings = Annotated[
    frozenset[Ended], Field(min_length=1, description="Which endings are told; default: all.")
]


class WebhookCreate(Request):
    """An address to be told how workflows end: all of them, or only those that are named here."""

    url: WebAddress
    channel_id: UUID | None = Field(None, description="Only workflows in this channel.")
    saved_workflow_id: UUID | None = Field(None, description="Only those made of this one.")
    trigger_id: UUID | None = Field(None, description="Only those that this trigger has made.")
    statuses: Endings = frozenset(Ended)
    is_active: bool = True


class WebhookUpdate(Request):
    """Changes of a webhook; what is left out stays."""

    url: WebAddress | None = None
    statuses: Endings | None = None
    is_active: bool | None = None


class WebhookOut(Response):
    """An address that is told how workflows end."""

    id: UUID
    url: str
    channel_id: UUID | None
    saved_workflow_id: UUID | None
    trigger_id: UUID | None
    statuses: tuple[Ended, ...]
    is_active: bool
    last_error: str | None = Field(description="Of the last call; null when it was taken.")
    created_by: str
    created_at: datetime
    updated_at: datetime


class WebhookWithSecret(WebhookOut):
    """A webhook as whoever made it sees it, once."""

    secret: str = Field(description="What calls are signed with. It is not shown again.")


class DeliveryStatus(StrEnum):
    """Where a call is: to be made (again), taken, or given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class DeliveryOut(Response):
    """What became of telling one ending to one address."""

    id: UUID = Field(description="Sent as `webhook-id`, the same in every try.")
    webhook_id: UUID
    workflow_id: UUID | None
    event: str
    status: DeliveryStatus
    attempts: int
    next_at: datetime | None = Field(description="When it is tried again.")
    response_status: int | None = Field(description="Of the last try, if there was an answer.")
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class WebhookBody(Response):
    """What an address is sent."""

    type: Literal["workflow.completed", "workflow.failed", "workflow.cancelled"]
    timestamp: datetime = Field(description="When the workflow ended.")
    data: WorkflowOut
