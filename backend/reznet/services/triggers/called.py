"""Calls from outside: who may, and what they bring."""

from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import Database
from reznet.core.errors import Unauthenticated
from reznet.core.signatures import is_genuine, new_secret
from reznet.core.text import storable
from reznet.repositories import saved_workflows, triggers
from reznet.schemas.saved_workflows import SavedWorkflowOut
from reznet.schemas.triggers import FiringKind, TriggerOut, WebhookSettings
from reznet.services.ports import Ports
from reznet.services.triggers import firing
from reznet.services.triggers.firing import Fired, Occurrence
from reznet.workflows.json_paths import value_at

_NOBODY = new_secret()  # stands in where there is no secret, so that refusals all take as long


async def authenticate(
    database: Database, trigger_id: UUID | None, headers: tuple[str, str, str], body: bytes
) -> UUID:
    """Return the id of the trigger that a call is for. `headers`: id, timestamp and signature.

    Raises Unauthenticated, in the same words for a wrong signature and for a trigger that is not there.
    """
    secret = None
    if trigger_id is not None:
        async with database.read() as session:
            secret = await triggers.secret_of(session, trigger_id)
    is_good = is_genuine(secret or _NOBODY, headers, now(), body)
    if trigger_id is None or secret is None or not is_good:
        raise Unauthenticated(
            "The call was refused: its address, its signature or its time is wrong.",
            code="webhook_refused",
        )
    return trigger_id


async def take(
    database: Database, ports: Ports, trigger_id: UUID, call_id: str, body: object
) -> Fired:
    """Make a workflow for a genuine call; the same call makes one, however often it comes. Raises NotFound."""
    async with database.read() as session:
        trigger = await triggers.get(session, trigger_id)
        saved = await saved_workflows.get(session, trigger.saved_workflow_id) if trigger else None
    values = _values(trigger, saved, body) if trigger and saved else {}
    occurrence = Occurrence(FiringKind.WEBHOOK, f"call {call_id}", values)
    return await firing.fire_once(database, ports, trigger_id, occurrence)


def _values(trigger: TriggerOut, saved: SavedWorkflowOut, body: object) -> dict[str, str]:
    """Return what a call brings for the parameters: what stands where the settings say, else under their names."""
    settings = trigger.settings
    paths = settings.fields if isinstance(settings, WebhookSettings) else {}
    names = [parameter.name for parameter in saved.parameters]
    found = {name: value_at(body, paths.get(name, name)) for name in names}
    return {name: storable(value) for name, value in found.items() if value is not None}
