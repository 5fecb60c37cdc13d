"""What is read of a task, and how a row becomes one."""

from reznet.models import TASKS
from reznet.repositories.rows import AnyRow, Columns
from reznet.schemas.messages import MessageError
from reznet.schemas.tasks import TaskOut, TaskStatus, TaskUsage

COLUMNS: Columns = (
    TASKS.c.id,
    TASKS.c.channel_id,
    TASKS.c.message_id,
    TASKS.c.answer_id,
    TASKS.c.agent_id,
    TASKS.c.agent_name,
    TASKS.c.root_id,
    TASKS.c.parent_id,
    TASKS.c.hop,
    TASKS.c.workflow_id,
    TASKS.c.status,
    TASKS.c.run,
    TASKS.c.attempt,
    TASKS.c.provider,
    TASKS.c.model,
    TASKS.c.finish,
    TASKS.c.error_code,
    TASKS.c.error_detail,
    TASKS.c.input_tokens,
    TASKS.c.output_tokens,
    TASKS.c.cached_tokens,
    TASKS.c.cost_usd,
    TASKS.c.estimated,
    TASKS.c.created_at,
    TASKS.c.started_at,
    TASKS.c.first_token_at,
    TASKS.c.finished_at,
    TASKS.c.cancel_requested_at,
)


def task_of(row: AnyRow) -> TaskOut:
    """Return the task of a row that has those columns."""
    error = (
        MessageError(code=row.error_code, message=row.error_detail or "")
        if row.error_code
        else None
    )
    usage = TaskUsage(
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cached_tokens=row.cached_tokens,
        cost_usd=row.cost_usd,
        estimated=row.estimated,
    )
    return TaskOut(
        id=row.id,
        channel_id=row.channel_id,
        message_id=row.message_id,
        answer_id=row.answer_id,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        root_id=row.root_id,
        parent_id=row.parent_id,
        hop=row.hop,
        workflow_id=row.workflow_id,
        status=TaskStatus(row.status),
        run=row.run,
        attempt=row.attempt,
        provider=row.provider,
        model=row.model,
        finish=row.finish,
        error=error,
        usage=usage,
        created_at=row.created_at,
        started_at=row.started_at,
        first_token_at=row.first_token_at,
        finished_at=row.finished_at,
        cancel_requested_at=row.cancel_requested_at,
    )
