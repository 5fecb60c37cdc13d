"""What was done and used, over HTTP."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime

from reznet.routers.dependencies import Reading
from reznet.routers.paging import Paged, Text
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.tasks import AuditOut, UsageRow
from reznet.services import audit, usage


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is outside of the calendar") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]

router = APIRouter(tags=["records"], route_class=ApiRoute)


@router.get("/audit", operation_id="audit_list", responses=documented())
async def list_audit(
    session: Reading,
    paging: Paged,
    action: Text = None,
) -> list[AuditOut]:
    """List critical acts, newest first; `action` is a whole name such as `agent.deleted`."""
    page = await audit.list_page(session, action=action, limit=paging.limit, cursor=paging.cursor)
    return paging.rows(page)


@router.get("/usage", operation_id="usage_list", responses=documented())
async def list_usage(
    session: Reading,
    paging: Paged,
    since: Annotated[Moment | None, Query(description="Calls from this moment on.")] = None,
    until: Annotated[Moment | None, Query(description="Calls before this moment.")] = None,
    agent_id: Annotated[UUID | None, Query(description="Only of this agent.")] = None,
) -> list[UsageRow]:
    """Sum up model calls by UTC day, agent and model, newest day first."""
    only = usage.Filter(since, until, agent_id)
    page = await usage.list_page(session, only, limit=paging.limit, cursor=paging.cursor)
    return paging.rows(page)
