"""Stopping a run whose worker does not react."""

from reznet.core.database import Database
from reznet.core.live import LiveTexts
from reznet.schemas.tasks import TaskOut
from reznet.services import messages, tasks
from reznet.services.ports import Actor, Ports

# A living worker stops well within a second; after this one counts as hung.
STOP_SECONDS = 3.0


async def stop_by_force(
    database: Database, ports: Ports, live: LiveTexts, actor: Actor, task: TaskOut
) -> TaskOut:
    """Cancel the task in the database, keeping the text that this process knows of.

    Once it returns, no more text of the run can come. Raises NotFound when task or answer is gone.
    """
    text = None
    if task.answer_id is not None:
        async with database.read() as session:
            answer = await messages.get(session, actor, task.answer_id)
        text = messages.with_live_text(answer, live).content
    async with database.write() as session:
        return await tasks.force_cancel(session, ports, actor, task.id, text)
