"""Making a trigger fire: once for each occurrence, however many processes see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import Database, WriteSession
from reznet.core.errors import Problem, Unavailable
from reznet.repositories import saved_workflows, trigger_firings, triggers
from reznet.repositories.trigger_firings import NewFiring
from reznet.schemas.saved_workflows import SavedWorkflowRun
from reznet.schemas.triggers import FiringKind, FiringOut, FiringStatus, TriggerFire, TriggerOut
from reznet.services.ports import Actor, Ports
from reznet.services.saved_workflows import running
from reznet.services.triggers import keeping


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What makes a trigger fire: `key` names it among all that ever did, `values` came with it."""

    kind: FiringKind
    key: str
    values: Mapping[str, str]
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Fired:
    """What came of an occurrence, and whether that is new. `problem` is why nothing came of it."""

    firing: FiringOut
    is_new: bool
    problem: Problem | None = None


async def fire_once(
    database: Database, ports: Ports, trigger_id: UUID, occurrence: Occurrence
) -> Fired:
    """Make a workflow for an occurrence, in transactions of its own; a refusal is recorded, not raised.

    Raises NotFound when there is no such trigger.
    """
    try:
        async with database.write() as session:
            trigger = await keeping.lock(session, trigger_id)
            return await fire(session, ports, trigger, occurrence)
    except Unavailable:
        raise
    except Problem as problem:
        async with database.write() as session:
            trigger = await keeping.lock(session, trigger_id)
            return await record_failure(session, trigger, occurrence, problem)


async def fire(
    session: WriteSession, ports: Ports, trigger: TriggerOut, occurrence: Occurrence
) -> Fired:
    """Make a workflow for an occurrence of a locked trigger, if that was not done before.

    A call that failed may be made again. Raises like `running.run`: then record the failure in a transaction of its
    own, for this one may hold a part of a workflow.
    """
    firing_id, seen = await _recorded(session, trigger, occurrence)
    if firing_id is None:
        assert seen is not None  # noqa: S101 - what is not new is there
        return Fired(seen, is_new=False)
    values = await _values(session, trigger, occurrence)
    body = SavedWorkflowRun(
        channel_id=trigger.channel_id, parameters=values, auto_start=trigger.auto_start
    )
    actor = Actor(trigger.created_by, None, "A trigger")
    made = await running.run(
        session, ports, actor, trigger.saved_workflow_id, body, trigger_id=trigger.id
    )
    started = {
        "status": FiringStatus.STARTED.value,
        "workflow_id": made.workflow.id,
        "error_code": None,
        "error_detail": None,
    }
    await trigger_firings.update_firing(session, firing_id, started)
    changes = {"last_fired_at": now(), "last_error": None}
    await triggers.update_trigger(session, trigger.id, changes)
    return Fired(await _firing(session, firing_id), is_new=True)


async def fire_by_hand(
    session: WriteSession, ports: Ports, actor: Actor, trigger_id: UUID, body: TriggerFire
) -> Fired:
    """Make a workflow now, whether the trigger is active or not. Raises NotFound, and like `running.run`."""
    trigger = await keeping.lock(session, trigger_id)
    del actor  # everybody may, so far
    key = body.client_id or str(now().timestamp())
    occurrence = Occurrence(FiringKind.MANUAL, f"manual {key}", body.parameters)
    return await fire(session, ports, trigger, occurrence)


async def skip(session: WriteSession, trigger: TriggerOut, occurrence: Occurrence) -> None:
    """Record that an occurrence was missed, and that nothing is made for it."""
    await trigger_firings.insert_firing(session, _new(trigger, occurrence, FiringStatus.SKIPPED))


async def record_failure(
    session: WriteSession, trigger: TriggerOut, occurrence: Occurrence, problem: Problem
) -> Fired:
    """Record why nothing was made for an occurrence of a locked trigger."""
    firing_id, seen = await _recorded(session, trigger, occurrence)
    if firing_id is None:
        assert seen is not None  # noqa: S101 - what is not new is there
        return Fired(seen, is_new=False)
    failed = {
        "status": FiringStatus.FAILED.value,
        "error_code": problem.code,
        "error_detail": problem.detail,
    }
    await trigger_firings.update_firing(session, firing_id, failed)
    await triggers.update_trigger(session, trigger.id, {"last_error": problem.detail})
    return Fired(await _firing(session, firing_id), is_new=True, problem=problem)


async def _recorded(
    session: WriteSession, trigger: TriggerOut, occurrence: Occurrence
) -> tuple[UUID | None, FiringOut | None]:
    """Record an occurrence; return the record's id, or else what came of it before."""
    new = _new(trigger, occurrence, FiringStatus.STARTED)
    firing_id = await trigger_firings.insert_firing(session, new)
    if firing_id is not None:
        return firing_id, None
    seen = await trigger_firings.of_occurrence(session, trigger.id, occurrence.key)
    is_open = seen is not None and seen.status is FiringStatus.FAILED
    if seen is not None and is_open and occurrence.kind is FiringKind.WEBHOOK:
        return seen.id, None
    return None, seen


def _new(trigger: TriggerOut, occurrence: Occurrence, status: FiringStatus) -> NewFiring:
    return NewFiring(
        trigger_id=trigger.id,
        kind=occurrence.kind,
        occurrence=occurrence.key,
        parameters=occurrence.values,
        message_id=occurrence.message_id,
        status=status,
    )


async def _values(
    session: WriteSession, trigger: TriggerOut, occurrence: Occurrence
) -> dict[str, str]:
    """Return the values of the parameters: those of the trigger stand, but for what a person gives by hand.

    What comes from outside may name anything; only the workflow's own parameters are taken.
    """
    if occurrence.kind is FiringKind.MANUAL:
        return {**trigger.parameters, **occurrence.values}
    saved = await saved_workflows.get(session, trigger.saved_workflow_id)
    known = {parameter.name for parameter in saved.parameters} if saved else set[str]()
    outside = {name: value for name, value in occurrence.values.items() if name in known}
    return {**outside, **trigger.parameters}


async def _firing(session: WriteSession, firing_id: UUID) -> FiringOut:
    firing = await trigger_firings.get(session, firing_id)
    assert firing is not None  # noqa: S101 - it was written in this transaction
    return firing
