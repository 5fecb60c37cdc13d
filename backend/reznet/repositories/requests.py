"""A person's request to one agent, stored with the run that it starts by one statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.core.driver import DRIVER_ERRORS, sqlstate_of
from reznet.core.statements import Statement
from reznet.repositories import channels
from reznet.repositories.engine_rows import PARAMETERS, BegunRun, parameters_of, recording
from reznet.repositories.message_rows import NewMessage, stored
from reznet.repositories.plain_messages import PlainMessage
from reznet.schemas.channels import ChannelOut
from reznet.schemas.messages import AuthorKind, Mention, MessageOut, MessageStatus
from reznet.schemas.tasks import TaskOut, TaskStatus, TaskUsage

_FOREIGN_KEY = "23503"
_A_MOMENT = timedelta(microseconds=1)  # an answer is later than its request


@dataclass(frozen=True, slots=True)
class Request:
    """What a person says at the top level of a channel to one agent, and the run that does it."""

    message_id: UUID
    task_id: UUID
    answer_id: UUID
    said: PlainMessage
    mentions: tuple[Mention, ...]
    agent_id: UUID
    agent_name: str
    created_by: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored request, its empty answer and its running task; events tell of them in this order, by these ids."""

    channel: ChannelOut
    message: MessageOut
    answer: MessageOut
    task: TaskOut
    event_ids: tuple[int, int, int]


async def insert_request(
    session: WriteSession, request: Request, engine: BegunRun
) -> Asked | None:
    """Store a request with its run, as begun by an executor, and their events, as a transaction of one statement.

    None, and nothing stored, when the channel can't be posted to or has a message with that `client_id`, or when the
    agent is gone.
    """
    stamp = now()
    begun = stamp + _A_MOMENT
    said = request.said
    parameters = {
        "in_channel": said.channel_id,
        "message_id": request.message_id,
        "task_id": request.task_id,
        "answer_id": request.answer_id,
        "author_name": said.author_name,
        "user_id": said.user_id,
        "content": said.content,
        "client_id": said.client_id,
        "mentions": [mention.model_dump(mode="json") for mention in request.mentions],
        "agent_id": request.agent_id,
        "agent_name": request.agent_name,
        "held": f"agent:{request.agent_id}",
        "created_by": request.created_by,
        "stamp": stamp,
        "begun": begun,
        **parameters_of(engine),
    }
    try:
        rows = await session.fetch_alone(_INSERT, parameters)
    except DRIVER_ERRORS as error:
        if sqlstate_of(error) == _FOREIGN_KEY:
            return None  # the agent was deleted while this waited for it
        raise
    if not rows:
        return None
    first, second, third = rows[0]["event_ids"]
    return Asked(
        channels.channel_of(rows[0]),
        stored(request.message_id, stamp, said.new(request.mentions)),
        stored(request.answer_id, begun, _answer(request)),
        _task(request, begun),
        (first, second, third),
    )


def _answer(request: Request) -> NewMessage:
    return NewMessage(
        channel_id=request.said.channel_id,
        author_kind=AuthorKind.AGENT,
        author_name=request.agent_name,
        agent_id=request.agent_id,
        content="",
        status=MessageStatus.STREAMING,
        attempt=1,
        reply_to_id=request.message_id,
        task_id=request.task_id,
    )


def _task(request: Request, stamp: datetime) -> TaskOut:
    return TaskOut(
        id=request.task_id,
        channel_id=request.said.channel_id,
        message_id=request.message_id,
        answer_id=request.answer_id,
        agent_id=request.agent_id,
        agent_name=request.agent_name,
        root_id=request.message_id,
        parent_id=None,
        hop=0,
        workflow_id=None,
        status=TaskStatus.RUNNING,
        run=1,
        attempt=1,
        provider=None,
        model=None,
        finish=None,
        error=None,
        usage=TaskUsage(
            input_tokens=None,
            output_tokens=None,
            cached_tokens=None,
            cost_usd=None,
            estimated=False,
        ),
        created_at=stamp,
        started_at=stamp,
        first_token_at=None,
        finished_at=None,
        cancel_requested_at=None,
    )


# The channel is kept from being archived and the agent from being deleted until all is there, as by
# `channels.lock_for_post` and `agents.hold`. The events draw their ids last, right before the commit.
_INSERT = Statement(
    text(
        f"""
        with room as (
            select {", ".join(column.name for column in channels.COLUMNS)} from channels
            where id = :in_channel and archived_at is null for share
        ),
        held as materialized (
            select id, pg_advisory_xact_lock_shared(hashtextextended(:held, 0)) from room
        ),
        said as (
            insert into messages (id, channel_id, author_kind, author_name, user_id, content, status, attempt,
                client_id, mentions, metadata, created_at, updated_at)
            select :message_id, held.id, 'user', :author_name, :user_id, :content, 'complete', 0,
                :client_id, :mentions, '{{}}', :stamp, :stamp
            from held join agents on agents.id = :agent_id
            on conflict (channel_id, client_id) do nothing
            returning id
        ),
        task as (
            insert into tasks (id, channel_id, message_id, answer_id, agent_id, agent_name, root_id, hop, status,
                run, attempt, worker, estimated, created_by, created_at, updated_at, started_at)
            select :task_id, :in_channel, id, :answer_id, :agent_id, :agent_name, id, 0, 'running',
                1, 1, :executor, false, :created_by, :begun, :begun, :begun
            from said
            returning id
        ),
        answer as (
            insert into messages (id, channel_id, reply_to_id, author_kind, author_name, agent_id,
                task_id, content, status, attempt, mentions, metadata, created_at, updated_at)
            select :answer_id, :in_channel, :message_id, 'agent', :agent_name, :agent_id,
                id, '', 'streaming', 1, '[]', '{{}}', :begun, :begun
            from task
            returning id
        ),
        {recording("task")},
        told as (
            insert into events (kind, channel_id, message_id, task_id, payload, created_at)
            select one.kind, :in_channel, one.about, one.of_task, '{{}}', :stamp
            from answer cross join lateral (values
                (1, 'message_sent', :message_id, null),
                (2, 'message_sent', answer.id, :task_id),
                (3, 'task_updated', :message_id, :task_id)
            ) as one (place, kind, about, of_task)
            order by one.place
            returning id
        )
        select room.*, (select array_agg(id order by id) from told) as event_ids
        from room where exists (select from task)
        """  # noqa: S608 - names of columns
    ).bindparams(
        bindparam("in_channel", type_=Uuid),
        bindparam("message_id", type_=Uuid),
        bindparam("task_id", type_=Uuid),
        bindparam("answer_id", type_=Uuid),
        bindparam("author_name", type_=Text),
        bindparam("user_id", type_=Uuid),
        bindparam("content", type_=Text),
        bindparam("client_id", type_=Text),
        bindparam("mentions", type_=JSONB),
        bindparam("agent_id", type_=Uuid),
        bindparam("agent_name", type_=Text),
        bindparam("held", type_=Text),
        bindparam("created_by", type_=Text),
        bindparam("stamp", type_=DateTime(timezone=True)),
        bindparam("begun", type_=DateTime(timezone=True)),
        *PARAMETERS,
    )
)
