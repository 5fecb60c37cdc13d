"""Reading the audit log."""

from reznet.core.database import ReadSession
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.repositories import audit
from reznet.schemas.tasks import AuditOut


async def list_page(
    session: ReadSession, *, action: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[AuditOut]:
    """Return critical acts, newest first; `action` is a whole name such as `agent.deleted`."""
    before = decode_time_id(cursor) if cursor else None
    rows = await audit.select_page(session, action, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)
