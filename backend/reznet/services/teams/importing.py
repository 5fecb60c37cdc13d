"""Taking agents in: a bundle becomes agents of this workspace, all of it or nothing."""

from collections.abc import Mapping, Sequence

from reznet.core.database import WriteSession, after_commit
from reznet.core.errors import FieldError, Invalid
from reznet.repositories import agents
from reznet.schemas.agents import AgentOut, handle_of
from reznet.schemas.bundles import (
    BundledAgent,
    BundleIn,
    FailedAgent,
    ImportedAgent,
    ImportReport,
    OnConflict,
    SkippedAgent,
)
from reznet.schemas.events import EventKind
from reznet.services import events, new_agents
from reznet.services.agents import forget
from reznet.services.ports import Actor, Ports
from reznet.services.teams.plan import Create, Fail, Known, Replace, Skip, Step, clashing, plan

_MAX_ERRORS = 100
_SHOWN_ERRORS = 3


async def take_in(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    bundle: BundleIn,
    on_conflict: OnConflict,
    *,
    dry_run: bool,
) -> ImportReport:
    """Make the agents of a bundle and return what became of each; a dry run only tells.

    An agent whose name is taken by one with the same contents is left alone, so that the same bundle
    twice changes nothing. With other contents, `on_conflict` says what is done.

    Raises Invalid, with the report, when an agent can't be taken: then nothing is changed. A dry run
    returns that report.
    """
    await agents.hold_names(session)
    steps = plan(bundle.agents, await _known(session, bundle, on_conflict), on_conflict)
    if dry_run:
        return _report(steps, {}, dry_run=True)
    if any(isinstance(step, Fail) for step in steps):
        raise _refusal(steps)
    made: dict[int, AgentOut] = {}
    for step in steps:
        if isinstance(step, Create):
            details = {"imported": True}
            made[step.index] = await new_agents.insert(session, ports, actor, step.draft, details)
        elif isinstance(step, Replace):
            await _replace(session, ports, actor, step)
    return _report(steps, made, dry_run=False)


async def _known(session: WriteSession, bundle: BundleIn, on_conflict: OnConflict) -> Known:
    handles = [handle_of(e.name) for e in bundle.agents if isinstance(e, BundledAgent)]
    named = await agents.lock_by_handles(session, handles)
    if on_conflict is not OnConflict.RENAME:
        return Known(named, {})
    families = {
        handle_of(name): await agents.numbered(session, new_agents.family_prefix(name))
        for name in clashing(bundle.agents, named)
    }
    return Known(named, families)


async def _replace(session: WriteSession, ports: Ports, actor: Actor, step: Replace) -> None:
    agent_id, draft = step.existing.id, step.draft
    changes = {"persona": draft.persona, "config": draft.config, "is_active": draft.is_active}
    await agents.update_agent(session, agent_id, changes)
    details = {"name": step.existing.name, "fields": sorted(changes), "imported": True}
    await events.audit(session, actor, "agent.updated", ("agent", agent_id), details)
    await events.record_agent(session, ports, EventKind.AGENT_UPDATED, agent_id)
    after_commit(session, forget(ports, agent_id))


def _refusal(steps: Sequence[Step]) -> Invalid:
    failed = [step for step in steps if isinstance(step, Fail)]
    errors = [
        FieldError(f"agents.{step.index}.{error.field}".rstrip("."), error.message)
        for step in failed
        for error in step.errors
    ]
    shown = "; ".join(f"{error.field}: {error.message}" for error in errors[:_SHOWN_ERRORS])
    count = f"{len(failed)} of {len(steps)} agents" if len(steps) > 1 else "the agent"
    return Invalid(
        f"Nothing was imported, since {count} can't be taken: {shown}",
        code="import_failed",
        errors=errors[:_MAX_ERRORS],
        members={"report": _report(steps, {}, dry_run=False).model_dump(mode="json")},
    )


def _report(steps: Sequence[Step], made: Mapping[int, AgentOut], *, dry_run: bool) -> ImportReport:
    return ImportReport(
        dry_run=dry_run,
        created=tuple(_created(s, made.get(s.index)) for s in steps if isinstance(s, Create)),
        replaced=tuple(_replaced(step) for step in steps if isinstance(step, Replace)),
        skipped=tuple(_skipped(step) for step in steps if isinstance(step, Skip)),
        failed=tuple(
            FailedAgent(index=step.index, name=step.name, errors=step.errors)
            for step in steps
            if isinstance(step, Fail)
        ),
    )


def _created(step: Create, agent: AgentOut | None) -> ImportedAgent:
    return ImportedAgent(
        index=step.index,
        name=step.draft.name,
        handle=handle_of(step.draft.name),
        id=agent.id if agent else None,
        renamed_from=step.renamed_from,
    )


def _replaced(step: Replace) -> ImportedAgent:
    existing = step.existing
    return ImportedAgent(
        index=step.index, name=existing.name, handle=existing.handle, id=existing.id
    )


def _skipped(step: Skip) -> SkippedAgent:
    existing = step.existing
    if step.reason == "identical":
        detail = f"@{existing.handle} is there already, with the same contents"
    else:
        detail = f"@{existing.handle} is another agent of that name; rename or replace it"
    return SkippedAgent(
        index=step.index,
        name=step.name,
        reason=step.reason,
        detail=detail,
        existing_id=existing.id,
    )
