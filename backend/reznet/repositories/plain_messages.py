"""Messages that start nothing: stored with their events, those of a channel many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.repositories.message_rows import NewMessage, stored
from reznet.schemas.messages import AuthorKind, Mention, MessageOut


@dataclass(frozen=True, slots=True)
class PlainMessage:
    """What a person says at the top level of a channel."""

    channel_id: UUID
    author_name: str
    user_id: UUID | None
    content: str
    client_id: str | None

    def new(self, mentions: tuple[Mention, ...] = ()) -> NewMessage:
        """Return it as a message to be stored."""
        return NewMessage(
            channel_id=self.channel_id,
            author_kind=AuthorKind.USER,
            author_name=self.author_name,
            user_id=self.user_id,
            content=self.content,
            client_id=self.client_id,
            mentions=mentions,
        )


@dataclass(frozen=True, slots=True)
class Said:
    """A stored message, and the event that tells of it."""

    event_id: int
    message: MessageOut


async def insert(
    session: WriteSession, channel_id: UUID, said: Sequence[PlainMessage]
) -> list[Said | None]:
    """Store messages of a channel together with their events, as a transaction of one statement.

    Ids, times and events rise in the order of the messages. None, and nothing stored, stands for a message whose
    `client_id` the channel has already, and for all of them when the channel can't be posted to or belongs to
    one agent.
    """
    stamped = [(new_id(), now(), one) for one in said]
    rows = await session.fetch_alone(
        _INSERT,
        {
            "in_channel": channel_id,
            "new_ids": [message_id for message_id, _, _ in stamped],
            "stamps": [stamp for _, stamp, _ in stamped],
            "author_names": [one.author_name for one in said],
            "user_ids": [one.user_id for one in said],
            "contents": [one.content for one in said],
            "client_ids": [one.client_id for one in said],
        },
    )
    told = {row["message_id"]: row["id"] for row in rows}
    return [
        Said(told[message_id], stored(message_id, stamp, one.new()))
        if message_id in told
        else None
        for message_id, stamp, one in stamped
    ]


# The channel is kept from being archived until the messages are there, as by `channels.lock_for_post`. The events
# draw their ids last, right before the commit.
_INSERT = Statement(
    text(
        """
        with room as (
            select id from channels where id = :in_channel and archived_at is null and agent_id is null for share
        ),
        said as (
            insert into messages (id, channel_id, author_kind, author_name, user_id, content, status, attempt,
                client_id, mentions, metadata, created_at, updated_at)
            select new.id, room.id, 'user', new.author_name, new.user_id, new.content, 'complete', 0,
                new.client_id, '[]', '{}', new.stamp, new.stamp
            from room, unnest(:new_ids, :stamps, :author_names, :user_ids, :contents, :client_ids)
                as new (id, stamp, author_name, user_id, content, client_id)
            order by new.id
            on conflict (channel_id, client_id) do nothing
            returning id, created_at
        )
        insert into events (kind, channel_id, message_id, payload, created_at)
        select 'message_sent', :in_channel, id, '{}', created_at from said
        order by id
        returning id, message_id
        """
    ).bindparams(
        bindparam("in_channel", type_=Uuid),
        bindparam("new_ids", type_=ARRAY(Uuid)),
        bindparam("stamps", type_=ARRAY(DateTime(timezone=True))),
        bindparam("author_names", type_=ARRAY(Text)),
        bindparam("user_ids", type_=ARRAY(Uuid)),
        bindparam("contents", type_=ARRAY(Text)),
        bindparam("client_ids", type_=ARRAY(Text)),
    )
)
