"""Files in the database, without HTTP."""

from pathlib import Path
from uuid import UUID

from reznet.core.database import Database
from reznet.core.spool import spooling
from reznet.schemas.files import FileOut
from reznet.services import files
from reznet.services.ports import LOCAL_USER, Actor


async def store_file(
    database: Database,
    folder: Path,
    channel_id: UUID,
    content: bytes = b"hello",
    *,
    actor: Actor = LOCAL_USER,
    name: str = "notes.txt",
) -> FileOut:
    """Store a file as an upload does."""
    async with spooling(folder) as spool:
        await spool.write(content)
        file = await files.examine(spool, actor, channel_id, name)
        async with database.write() as session:
            return await files.store(session, actor, file, spool)
