"""Files in the database: what is known of them, and their bytes in pieces."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.models import FILE_CHUNKS, FILES
from reznet.repositories.rows import AnyRow, Columns, returning, selecting
from reznet.schemas.files import FileOut

_SHOWN: Columns = tuple(FILES.c[field] for field in FileOut.model_fields)
_COLUMNS: Columns = (
    *_SHOWN,
    FILES.c.channel_id,
    FILES.c.message_id,
    FILES.c.user_id,
    FILES.c.sha256,
)
_CHUNK = select(FILE_CHUNKS.c.data).where(
    FILE_CHUNKS.c.file_id == bindparam("of_file"), FILE_CHUNKS.c.position == bindparam("at")
)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be stored, without its bytes."""

    channel_id: UUID
    user_id: UUID | None
    name: str
    media_type: str
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None
    thumbnail: bytes | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with where it belongs and who uploaded it. `message_id` None: no message has it yet."""

    shown: FileOut
    channel_id: UUID
    message_id: UUID | None
    user_id: UUID | None
    sha256: str


async def insert_file(session: WriteSession, file: NewFile) -> FileOut:
    """Store what is known of a file."""
    values = {
        "id": new_id(),
        "channel_id": file.channel_id,
        "user_id": file.user_id,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "width": file.width,
        "height": file.height,
        "thumbnail": file.thumbnail,
        "created_at": now(),
    }
    row = (await session.execute(returning(insert(FILES), _SHOWN), values)).one()
    return _file(row)


async def insert_chunk(session: WriteSession, file_id: UUID, position: int, data: bytes) -> None:
    """Store a piece of a file; the first has position 0."""
    await session.execute(
        insert(FILE_CHUNKS), {"file_id": file_id, "position": position, "data": data}
    )


async def get(session: ReadSession, file_id: UUID) -> StoredFile | None:
    """Return the file, or None."""
    row = (await session.execute(selecting(_COLUMNS).where(FILES.c.id == file_id))).one_or_none()
    return _stored(row) if row else None


async def lock(session: WriteSession, ids: Collection[UUID]) -> list[StoredFile]:
    """Return those of the files that are there, kept from others until the transaction ends."""
    statement = (
        selecting(_COLUMNS).where(FILES.c.id.in_(ids)).order_by(FILES.c.id).with_for_update()
    )
    return [_stored(row) for row in (await session.execute(statement)).all()]


async def attach(session: WriteSession, ids: Collection[UUID], message_id: UUID) -> None:
    """Give files to a message."""
    await session.execute(update(FILES).where(FILES.c.id.in_(ids)).values(message_id=message_id))


async def chunk(session: ReadSession, file_id: UUID, position: int) -> bytes | None:
    """Return a piece of a file, None when there is none, or none any more."""
    found = await session.execute(_CHUNK, {"of_file": file_id, "at": position})
    return found.scalar_one_or_none()


async def first_chunks(session: ReadSession, ids: Collection[UUID]) -> dict[UUID, bytes]:
    """Return how files begin, by their ids."""
    statement = select(FILE_CHUNKS.c.file_id, FILE_CHUNKS.c.data).where(
        FILE_CHUNKS.c.file_id.in_(ids), FILE_CHUNKS.c.position == 0
    )
    return {row.file_id: row.data for row in (await session.execute(statement)).all()}


async def thumbnail(session: ReadSession, file_id: UUID) -> bytes | None:
    """Return the small copy of an image, None when there is none."""
    found = await session.execute(select(FILES.c.thumbnail).where(FILES.c.id == file_id))
    return found.scalar_one_or_none()


async def delete_file(session: WriteSession, file_id: UUID) -> None:
    """Delete a file with its bytes."""
    await session.execute(delete(FILES).where(FILES.c.id == file_id))


async def delete_of_message(session: WriteSession, message_id: UUID) -> None:
    """Delete the files of a message."""
    await session.execute(delete(FILES).where(FILES.c.message_id == message_id))


async def delete_unattached(session: WriteSession, before: datetime, limit: int) -> Sequence[UUID]:
    """Delete at most `limit` files older than a time that no message has, and return which."""
    old = (
        select(FILES.c.id)
        .where(FILES.c.message_id.is_(None), FILES.c.created_at < before)
        .order_by(FILES.c.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)  # a message is taking it right now
    )
    statement = delete(FILES).where(FILES.c.id.in_(old)).returning(FILES.c.id)
    return (await session.execute(statement)).scalars().all()


def _file(row: AnyRow) -> FileOut:
    return FileOut(
        id=row.id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        width=row.width,
        height=row.height,
        created_at=row.created_at,
    )


def _stored(row: AnyRow) -> StoredFile:
    return StoredFile(_file(row), row.channel_id, row.message_id, row.user_id, row.sha256)
