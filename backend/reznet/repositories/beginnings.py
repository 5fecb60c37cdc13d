"""What a run puts down that begins together with its request: its task, its answer and the engine's record."""

from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, text

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.core.statements import Statement
from reznet.repositories.engine_rows import PARAMETERS, BegunRun, parameters_of, recording
from reznet.repositories.task_rows import COLUMNS, task_of
from reznet.repositories.tasks import NewTask
from reznet.schemas.tasks import TaskOut


async def insert_begun(
    session: WriteSession,
    new: NewTask,
    *,
    task_id: UUID,
    answer_id: UUID,
    thread_id: UUID | None,
    engine: BegunRun,
) -> TaskOut | None:
    """Store a running task with its empty answer, which stands where the request does, in `thread_id`.

    None, and nothing stored, when the message has started that agent, or the agent is gone.
    """
    row = await session.fetch_one(
        _INSERT,
        {
            "task_id": task_id,
            "answer_id": answer_id,
            "thread_id": thread_id,
            "channel_id": new.channel_id,
            "message_id": new.message_id,
            "agent_id": new.agent_id,
            "agent_name": new.agent_name,
            "root_id": new.root_id,
            "parent_id": new.parent_id,
            "hop": new.hop,
            "created_by": new.created_by,
            "stamp": now(),
            **parameters_of(engine),
        },
    )
    return task_of(row) if row else None


_TYPES = {
    "task_id": Uuid(),
    "answer_id": Uuid(),
    "thread_id": Uuid(),
    "channel_id": Uuid(),
    "message_id": Uuid(),
    "agent_id": Uuid(),
    "agent_name": Text(),
    "root_id": Uuid(),
    "parent_id": Uuid(),
    "hop": Integer(),
    "created_by": Text(),
    "stamp": DateTime(timezone=True),
}
_INSERT = Statement(
    text(
        f"""
        with task as (
            insert into tasks (id, channel_id, message_id, answer_id, agent_id, agent_name, root_id, parent_id,
                hop, status, run, attempt, worker, estimated, created_by, created_at, updated_at, started_at)
            select :task_id, :channel_id, :message_id, :answer_id, agents.id, :agent_name, :root_id, :parent_id,
                :hop, 'running', 1, 1, :executor, false, :created_by, :stamp, :stamp, :stamp
            from agents where agents.id = :agent_id
            on conflict (message_id, agent_id) do nothing
            returning {", ".join(column.name for column in COLUMNS)}
        ),
        answer as (
            insert into messages (id, channel_id, thread_id, reply_to_id, author_kind, author_name, agent_id,
                task_id, content, status, attempt, mentions, metadata, created_at, updated_at)
            select answer_id, channel_id, :thread_id, message_id, 'agent', agent_name, agent_id,
                id, '', 'streaming', attempt, '[]', '{{}}', :stamp, :stamp
            from task
        ),
        {recording("task")}
        select * from task
        """  # noqa: S608 - names of columns
    ).bindparams(
        *(bindparam(name, type_=kind) for name, kind in _TYPES.items()),
        *PARAMETERS,
    )
)
