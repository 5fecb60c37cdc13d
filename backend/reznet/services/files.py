"""Files: taking them in, giving them to messages, reading and deleting them."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from reznet.core import images, media
from reznet.core.clock import now
from reznet.core.database import Database, ReadSession, WriteSession
from reznet.core.errors import Conflict, Forbidden, Invalid
from reznet.core.file_names import safe_file_name
from reznet.core.spool import PIECE_BYTES, Spool
from reznet.repositories import files
from reznet.repositories.files import NewFile, StoredFile
from reznet.schemas.files import FileOut
from reznet.schemas.messages import MessageOut
from reznet.schemas.runs import FileText
from reznet.services.access import access_file, access_open_channel, no_file
from reznet.services.ports import Actor

# A draft with files is finished within this time.
_UNATTACHED_FOR = timedelta(days=1)
_DELETED_AT_ONCE = 20
# More than this fits no model's window.
_MOST_TEXT_BYTES = 512 * 1024


async def check_place(session: ReadSession, actor: Actor, channel_id: UUID) -> None:
    """Refuse what could not be stored, before it is taken in.

    Raises:
        NotFound: there is no such channel.
        Conflict: it is archived.
    """
    await access_open_channel(session, actor, channel_id)


async def examine(spool: Spool, actor: Actor, channel_id: UUID, name: str) -> NewFile:
    """Find out what was sent. No session may be open: large images take a second.

    An image that can't be decoded is a file like any other.

    Raises:
        Invalid: it is empty, or an image that is too large to be decoded.
    """
    if spool.size == 0:
        raise Invalid.field("body", "is empty; send the bytes of the file", code="empty_file")
    await spool.flush()
    head = await spool.head(media.SNIFFED_BYTES)
    media_type = media.sniff(head)
    picture = await images.examine(spool.file, media_type, spool.size)
    if picture is None and media_type in images.FORMATS:
        media_type = media.sniff_text(head) or media.UNKNOWN
    return NewFile(
        channel_id=channel_id,
        user_id=actor.user_id,
        name=safe_file_name(name),
        media_type=media_type,
        size=spool.size,
        sha256=spool.sha256,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        thumbnail=picture.thumbnail if picture else None,
    )


async def store(session: WriteSession, actor: Actor, file: NewFile, spool: Spool) -> FileOut:
    """Store what was taken in, a piece at a time. Raises like `check_place`."""
    await access_open_channel(session, actor, file.channel_id)
    stored = await files.insert_file(session, file)
    position = 0
    async for piece in spool.pieces():
        await files.insert_chunk(session, stored.id, position, piece)
        position += 1
    return stored


async def get(session: ReadSession, actor: Actor, file_id: UUID) -> StoredFile:
    """Return what is known of a file. Raises NotFound."""
    return await access_file(session, actor, file_id)


async def thumbnail(session: ReadSession, file: StoredFile) -> bytes | None:
    """Return a small WebP of an image, None where the file itself is small, or none."""
    return await files.thumbnail(session, file.shown.id)


async def texts_of(session: ReadSession, messages: Iterable[MessageOut]) -> dict[UUID, FileText]:
    """Return what the text files of messages say, by the files' ids; those of the first come first.

    Of each it is the first piece, and of all no more than a run can use. Without files nothing is
    looked up.
    """
    wanted: dict[UUID, FileOut] = {}
    left = _MOST_TEXT_BYTES
    for file in (file for message in messages for file in message.files):
        length = min(file.size, PIECE_BYTES)
        if file.media_type == media.TEXT and length <= left:
            wanted[file.id] = file
            left -= length
    if not wanted:
        return {}
    found = await files.first_chunks(session, wanted)
    return {file_id: _text(wanted[file_id], data) for file_id, data in found.items()}


async def delete(session: WriteSession, actor: Actor, file_id: UUID) -> None:
    """Delete one's own file that no message has.

    Raises:
        NotFound: there is no such file.
        Forbidden: somebody else uploaded it.
        Conflict: a message has it, and it goes when the message does.
    """
    await access_file(session, actor, file_id)
    for file in await files.lock(session, [file_id]):
        if file.user_id != actor.user_id:
            raise Forbidden("Only your own files can be deleted.", code="not_your_file")
        if file.message_id is not None:
            raise _attached(file.shown)
        await files.delete_file(session, file_id)


async def attach(
    session: WriteSession,
    actor: Actor,
    channel_id: UUID,
    message_id: UUID,
    file_ids: Sequence[UUID],
) -> tuple[FileOut, ...]:
    """Give files to the message that is being posted.

    Raises:
        Invalid: one is not there, not the actor's, or was uploaded to another channel.
        Conflict: another message has one already.
    """
    found = {file.shown.id: file for file in await files.lock(session, file_ids)}
    for index, file_id in enumerate(file_ids):
        file = found.get(file_id)
        if file is None or file.user_id != actor.user_id or file.channel_id != channel_id:
            raise Invalid.field(
                f"file_ids.{index}",
                f"there is no file {file_id} of yours in this channel; "
                "files that are not sent within a day are cleared away",
                code="file_not_found",
            )
        if file.message_id is not None:
            raise _attached(file.shown)
    await files.attach(session, file_ids, message_id)
    shown = [file.shown for file in found.values()]
    return tuple(sorted(shown, key=lambda file: (file.created_at, file.id)))


async def clear_unattached(database: Database) -> int:
    """Delete the files that were uploaded a day ago and never sent; return how many.

    Raises:
        Unavailable: the database can't be reached.
    """
    before, cleared = now() - _UNATTACHED_FOR, 0
    while True:
        async with database.write() as session:
            gone = await files.delete_unattached(session, before, _DELETED_AT_ONCE)
        cleared += len(gone)
        if len(gone) < _DELETED_AT_ONCE:
            return cleared


async def read(
    database: Database, file: StoredFile, first: int, length: int
) -> AsyncIterator[bytes]:
    """Yield `length` bytes of a file from byte `first` on, a piece at a time.

    No session is open while a piece is on its way. Raises NotFound when the file is deleted meanwhile.
    """
    last = first + length
    for position in range(first // PIECE_BYTES, -(-last // PIECE_BYTES)):
        async with database.read() as session:
            piece = await files.chunk(session, file.shown.id, position)
        if piece is None:
            raise no_file(file.shown.id)
        start = position * PIECE_BYTES
        yield piece[max(0, first - start) : last - start]


def _text(file: FileOut, data: bytes) -> FileText:
    is_whole = len(data) == file.size
    text, is_guess = media.decode_text(data, is_whole=is_whole)
    return FileText(text, is_whole, is_guess)


def _attached(file: FileOut) -> Conflict:
    return Conflict(f"A message has the file {file.name} already.", code="file_attached")
