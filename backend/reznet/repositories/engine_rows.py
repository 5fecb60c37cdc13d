"""What the durable engine keeps of a run that its own process begins: rows of DBOS's tables.

DBOS documents these tables. A row says that an executor works on a run; when that executor dies, DBOS gives the run
back to the queue, as it does with those that it has taken from there itself.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from reznet.core.database import ReadSession, WriteSession
from reznet.core.statements import Statement

_NOW_MS = "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)"
PARAMETERS = tuple(
    bindparam(name, type_=Text)
    for name in (
        "workflow_id",
        "workflow",
        "queue",
        "application",
        "version",
        "executor",
        "serialization",
        "arguments",
    )
)


@dataclass(frozen=True, slots=True)
class BegunRun:
    """A run as the engine records it. `arguments` is their JSON in DBOS's portable form."""

    workflow_id: str
    workflow: str
    queue: str
    application: str
    version: str
    executor: str
    serialization: str
    arguments: str


def parameters_of(run: BegunRun) -> dict[str, object]:
    """Return the parameters of a statement that has the parts of `recording`."""
    return {
        "workflow_id": run.workflow_id,
        "workflow": run.workflow,
        "queue": run.queue,
        "application": run.application,
        "version": run.version,
        "executor": run.executor,
        "serialization": run.serialization,
        "arguments": run.arguments,
    }


def recording(source: str) -> str:
    """Return the common table expressions that record a run as worked on when `source`, another one, has its row.

    `begun` has a row if there was no record of it.
    """
    return f"""
        begun as (
            insert into dbos.workflow_status (workflow_uuid, status, name, queue_name, application_name,
                application_version, executor_id, owner_xid, creator_xid, serialization, recovery_attempts,
                created_at, updated_at, started_at_epoch_ms)
            select :workflow_id, 'PENDING', :workflow, :queue, :application,
                :version, :executor, :executor, :executor, :serialization, 1, {_NOW_MS}, {_NOW_MS}, {_NOW_MS}
            from {source}
            on conflict (workflow_uuid) do nothing
            returning workflow_uuid
        ),
        given as (
            insert into dbos.workflow_input (workflow_uuid, inputs)
            select workflow_uuid, cast(:arguments as text) from begun
            on conflict (workflow_uuid) do nothing
        )
    """  # noqa: S608 - constants


async def insert_begun(session: WriteSession, run: BegunRun) -> bool:
    """Record a run as worked on by its executor; False when there is a record of it already."""
    return await session.fetch_one(_INSERT, parameters_of(run)) is not None


async def select_begun(session: ReadSession, executor: str) -> list[str]:
    """Return the ids of the runs that are on record as begun by an executor, and not as ended."""
    return [row.workflow_uuid for row in await session.fetch(_BEGUN, {"executor": executor})]


async def end_begun(
    session: WriteSession, executor: str, workflow_ids: Collection[str], status: str
) -> None:
    """Record how runs have ended that this executor began; those it has lost meanwhile are left alone."""
    await session.fetch(
        _END, {"executor": executor, "workflow_ids": list(workflow_ids), "ended": status}
    )


_INSERT = Statement(
    text(
        f"with once as (select 1), {recording('once')} select workflow_uuid from begun"  # noqa: S608
    ).bindparams(*PARAMETERS)
)
_BEGUN = Statement(
    text(
        "select workflow_uuid from dbos.workflow_status where status = 'PENDING' and owner_xid = :executor"
    ).bindparams(bindparam("executor", type_=Text))
)
_END = Statement(
    text(
        f"""
        update dbos.workflow_status
        set status = :ended, updated_at = {_NOW_MS}, completed_at = {_NOW_MS}, owner_xid = null
        where workflow_uuid = any(:workflow_ids) and status = 'PENDING' and owner_xid = :executor
        """  # noqa: S608 - constants
    ).bindparams(
        bindparam("executor", type_=Text),
        bindparam("workflow_ids", type_=ARRAY(Text)),
        bindparam("ended", type_=Text),
    )
)
