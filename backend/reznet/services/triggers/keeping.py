"""Triggers: made, read, changed and deleted."""

from collections.abc import Mapping
from uuid import UUID

from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession, after_commit
from reznet.core.errors import FieldError, Invalid, NotFound
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.core.signatures import new_secret
from reznet.repositories import saved_workflows, trigger_firings, triggers
from reznet.repositories.triggers import Filter as Filter
from reznet.repositories.triggers import NewTrigger
from reznet.schemas.saved_workflows import SavedWorkflowOut
from reznet.schemas.triggers import (
    FiringOut,
    MessageSettings,
    ScheduleSettings,
    TriggerCreate,
    TriggerKind,
    TriggerOut,
    TriggerSettings,
    TriggerUpdate,
    TriggerWithSecret,
    WebhookSettings,
)
from reznet.services import events
from reznet.services.access import access_open_channel
from reznet.services.ports import Actor, Ports
from reznet.services.saved_workflows import keeping as saved_keeping
from reznet.services.triggers.times import next_of
from reznet.workflows.message_patterns import BadPattern, parse_pattern
from reznet.workflows.requests import is_command


async def create(
    session: WriteSession, ports: Ports, actor: Actor, body: TriggerCreate
) -> TriggerWithSecret:
    """Make a trigger of a saved workflow; the secret of a webhook is in the answer, and nowhere else.

    Raises:
        NotFound: there is no such saved workflow, or no such channel.
        Conflict: the workflow is a demo, or the channel is archived.
        Invalid: the settings can't be used, or parameters are unknown or can't be had.
    """
    saved_keeping.refuse_demo(body.saved_workflow_id)
    if not await saved_workflows.hold(session, body.saved_workflow_id):
        raise saved_keeping.no_saved(body.saved_workflow_id)
    saved = await saved_keeping.get(session, actor, body.saved_workflow_id)
    await access_open_channel(session, actor, body.channel_id)
    _check(saved, body.settings, body.parameters)
    kind = TriggerKind(body.settings.kind)
    secret = new_secret() if kind is TriggerKind.WEBHOOK else None
    new = NewTrigger(
        saved_workflow_id=saved.id,
        channel_id=body.channel_id,
        kind=kind,
        settings=body.settings.model_dump(mode="json"),
        parameters=dict(body.parameters),
        auto_start=body.auto_start,
        is_active=body.is_active,
        secret=secret,
        next_at=next_of(body.settings, now()) if body.is_active else None,
        created_by=actor.handle,
    )
    trigger_id = await triggers.insert_trigger(session, new)
    trigger = await get(session, actor, trigger_id)
    await _changed(session, ports, actor, "created", trigger)
    return _with_secret(trigger, secret)


async def get(session: ReadSession | WriteSession, _actor: Actor, trigger_id: UUID) -> TriggerOut:
    """Return the trigger. Raises NotFound."""
    trigger = await triggers.get(session, trigger_id)
    if trigger is None:
        raise no_trigger(trigger_id)
    return trigger


async def list_page(
    session: ReadSession,
    _actor: Actor,
    only: Filter,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[TriggerOut]:
    """Return triggers, newest first."""
    before = decode_time_id(cursor) if cursor else None
    rows = await triggers.select_page(session, only, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)


async def update(
    session: WriteSession, ports: Ports, actor: Actor, trigger_id: UUID, body: TriggerUpdate
) -> TriggerOut:
    """Change a trigger. One that is switched on, or set to other times, counts from now.

    Raises:
        NotFound: there is no such trigger, or no such channel.
        Conflict: the channel is archived.
        Invalid: like `create`, or the kind is another one.
    """
    before = await lock(session, trigger_id)
    changes = body.model_dump(mode="json", exclude_none=True)
    if not changes:
        return before
    settings = body.settings or before.settings
    if settings.kind != before.kind:
        raise Invalid.field(
            "settings.kind", f"is {before.kind.value} and stays so; make another trigger"
        )
    if body.channel_id is not None:
        await access_open_channel(session, actor, body.channel_id)
        changes["channel_id"] = body.channel_id
    if body.settings is not None or body.parameters is not None:
        saved = await saved_keeping.get(session, actor, before.saved_workflow_id)
        given = before.parameters if body.parameters is None else body.parameters
        _check(saved, settings, given)
    stamp = now()
    is_active = before.is_active if body.is_active is None else body.is_active
    if is_active and (body.settings is not None or not before.is_active):
        changes |= {"next_at": next_of(settings, stamp), "armed_at": stamp, "seen_at": stamp}
    elif not is_active:
        changes["next_at"] = None
    fields = sorted(body.model_dump(exclude_none=True))
    await triggers.update_trigger(session, trigger_id, {**changes, "updated_at": stamp})
    after = await get(session, actor, trigger_id)
    await _changed(session, ports, actor, "updated", after, fields=fields)
    return after


async def rotate(
    session: WriteSession, ports: Ports, actor: Actor, trigger_id: UUID
) -> TriggerWithSecret:
    """Give a webhook a new secret; the old one is good for nothing from then on.

    Raises NotFound, and Invalid when it is no webhook.
    """
    trigger = await lock(session, trigger_id)
    if trigger.kind is not TriggerKind.WEBHOOK:
        raise Invalid.field("trigger_id", f"is a {trigger.kind.value}, which has no secret")
    secret = new_secret()
    changes = {"secret": secret, "updated_at": now()}
    await triggers.update_trigger(session, trigger_id, changes)
    after = await get(session, actor, trigger_id)
    await _changed(session, ports, actor, "secret_rotated", after)
    return _with_secret(after, secret)


async def delete(session: WriteSession, ports: Ports, actor: Actor, trigger_id: UUID) -> None:
    """Delete a trigger with its history; what it has made stays. Raises NotFound."""
    trigger = await lock(session, trigger_id)
    await triggers.delete_trigger(session, trigger_id)
    await _changed(session, ports, actor, "deleted", trigger)


async def firings_page(
    session: ReadSession,
    actor: Actor,
    trigger_id: UUID,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[FiringOut]:
    """Return what came of a trigger's occurrences, newest first. Raises NotFound."""
    await get(session, actor, trigger_id)
    before = decode_time_id(cursor) if cursor else None
    rows = await trigger_firings.select_page(session, trigger_id, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)


async def lock(session: WriteSession, trigger_id: UUID) -> TriggerOut:
    """Return the trigger, locked. Raises NotFound."""
    trigger = await triggers.lock(session, trigger_id)
    if trigger is None:
        raise no_trigger(trigger_id)
    return trigger


def no_trigger(trigger_id: UUID) -> NotFound:
    """Return the refusal for a trigger that is not there."""
    return NotFound(f"There is no trigger {trigger_id}.", code="trigger_not_found")


def _check(saved: SavedWorkflowOut, settings: TriggerSettings, given: Mapping[str, str]) -> None:
    """Raise Invalid for settings that can't be used, and for parameters that are unknown or would always be missing."""
    known = {parameter.name for parameter in saved.parameters}
    where = {f"parameters.{name}": name for name in given}
    filled = set(given)
    is_known = True  # what fills parameters
    match settings:
        case ScheduleSettings():
            next_of(settings, now())
        case MessageSettings():
            captures = _captures(settings)
            unknown = [name for name in captures if name not in known]
            if unknown:
                raise Invalid.field(
                    "settings.pattern", f"the saved workflow has no parameter {unknown[0]!r}"
                )
            filled |= set(captures)
        case WebhookSettings():
            where |= {f"settings.fields.{name}": name for name in settings.fields}
            is_known = False
    errors = [
        FieldError(field, "the saved workflow has no such parameter")
        for field, name in where.items()
        if name not in known
    ]
    if is_known:
        errors += [
            FieldError(f"parameters.{one.name}", "is required, and nothing else fills it")
            for one in saved.parameters
            if one.required and one.default is None and one.name not in filled
        ]
    if errors:
        first = errors[0]
        raise Invalid(
            f"{first.field}: {first.message}", code="invalid_parameters", errors=errors[:50]
        )


def _captures(settings: MessageSettings) -> tuple[str, ...]:
    if is_command(settings.pattern):
        raise Invalid.field("settings.pattern", "is a command of RezNet AI itself")
    try:
        return parse_pattern(settings.pattern).names
    except BadPattern as error:
        raise Invalid.field("settings.pattern", str(error)) from None


def _with_secret(trigger: TriggerOut, secret: str | None) -> TriggerWithSecret:
    return TriggerWithSecret.model_validate({**trigger.model_dump(), "secret": secret})


async def _changed(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    what: str,
    trigger: TriggerOut,
    **details: object,
) -> None:
    """Write the change into the audit log, and wake whoever looks after triggers."""
    about = {"kind": trigger.kind.value, "saved_workflow": trigger.saved_workflow_name}
    await events.audit(
        session,
        actor,
        f"workflow_trigger.{what}",
        ("workflow_trigger", trigger.id),
        {**about, "channel_id": str(trigger.channel_id), **details},
    )
    after_commit(session, lambda: ports.bus.publish(Topic.TRIGGERS, {}))
