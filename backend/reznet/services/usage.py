"""What model calls used, for people."""

from datetime import datetime
from uuid import UUID

from reznet.core.database import ReadSession
from reznet.repositories import usage
from reznet.schemas.tasks import UsageRow


async def by_agent_model_day(
    session: ReadSession,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    agent_id: UUID | None = None,
) -> list[UsageRow]:
    """Return usage by UTC day, agent and model, newest day first; `until` is exclusive."""
    return await usage.by_agent_model_day(session, since=since, until=until, agent_id=agent_id)
