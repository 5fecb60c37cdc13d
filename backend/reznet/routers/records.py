"""What was done and used, over HTTP."""

from fastapi import APIRouter

from reznet.routers.dependencies import Reading
from reznet.routers.paging import Paged, Text
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.tasks import AuditOut
from reznet.services import audit

router = APIRouter(prefix="/audit", tags=["records"], route_class=ApiRoute)


@router.get("", operation_id="audit_list", responses=documented())
async def list_audit(
    session: Reading,
    paging: Paged,
    action: Text = None,
) -> list[AuditOut]:
    """List critical acts, newest first; `action` is a whole name such as `agent.deleted`."""
    page = await audit.list_page(session, action=action, limit=paging.limit, cursor=paging.cursor)
    return paging.rows(page)
