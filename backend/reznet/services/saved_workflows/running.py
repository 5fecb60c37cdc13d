"""Making workflows of saved ones."""

from collections.abc import Mapping
from uuid import UUID

from reznet.core.database import WriteSession
from reznet.core.errors import FieldError, Invalid
from reznet.schemas.saved_workflows import SavedWorkflowOut, SavedWorkflowRun
from reznet.schemas.workflows import (
    MAX_DESCRIPTION,
    MAX_EXPECTED,
    MAX_TITLE,
    PlanTaskIn,
    WorkflowCreate,
)
from reznet.services.ports import Actor, Ports
from reznet.services.saved_workflows import catalogue, keeping
from reznet.services.workflow_runs import creating
from reznet.services.workflows.plans import Made
from reznet.workflows.placeholders import Parameter, filled, filled_title, values_of

# More than the words that a demo's tasks ask for; models that can't keep to them end here.
_DEMO_TOKENS = 320


async def run(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    saved_id: UUID,
    body: SavedWorkflowRun,
    *,
    trigger_id: UUID | None = None,
) -> Made:
    """Make a workflow of a saved one, and start it where the body, or else the channel's setting, says so.

    Values are put into the plan's texts as they are, and start nobody. Raises:
        NotFound: there is no such saved workflow, or no such channel.
        Invalid: parameters are missing, unknown or too long, or an agent of the plan is not there.
        Conflict: the channel is archived, or no agent is there for a demo.
    """
    saved = await keeping.get(session, actor, saved_id)
    values = _values(saved, body.parameters)
    if saved.is_demo:
        saved = await catalogue.with_agents(session, saved_id)
    plan = WorkflowCreate(
        channel_id=body.channel_id,
        title=_title("title", saved.title, values),
        request=_text("request", saved.request, values, MAX_DESCRIPTION),
        tasks=tuple(_task(index, task, values) for index, task in enumerate(saved.tasks)),
        auto_start=body.auto_start,
        max_parallel=saved.max_parallel,
        client_id=body.client_id,
    )
    origin: dict[str, object] = {"saved_workflow_id": str(saved.id), "saved_as": saved.name}
    if saved.is_demo:
        origin["answer_tokens"] = _DEMO_TOKENS
    if trigger_id is not None:
        origin["trigger_id"] = str(trigger_id)
    return await creating.create(session, ports, actor, plan, metadata=origin)


def _values(saved: SavedWorkflowOut, given: Mapping[str, str]) -> dict[str, str]:
    asked = [Parameter(one.name, one.default, one.required) for one in saved.parameters]
    values, problems = values_of(asked, given)
    if problems:
        first = problems[0]
        raise Invalid(
            f"{first.field}: {first.message}",
            code="invalid_parameters",
            errors=[FieldError(one.field, one.message) for one in problems[:50]],
        )
    return values


def _task(index: int, task: PlanTaskIn, values: Mapping[str, str]) -> PlanTaskIn:
    where = f"tasks.{index}"
    return task.model_copy(
        update={
            "title": _title(f"{where}.title", task.title, values),
            "description": _text(
                f"{where}.description", task.description, values, MAX_DESCRIPTION
            ),
            "expected_output": _text(
                f"{where}.expected_output", task.expected_output, values, MAX_EXPECTED
            ),
        }
    )


def _title(field: str, text: str, values: Mapping[str, str]) -> str:
    title = filled_title(text, values, MAX_TITLE)
    if not title:
        raise Invalid.field(field, "is blank with these values", code="invalid_parameters")
    return title


def _text(field: str, text: str, values: Mapping[str, str], longest: int) -> str:
    whole = filled(text, values)
    if len(whole) > longest:
        raise Invalid.field(
            field,
            f"is {len(whole)} characters long with these values; at most {longest} are allowed",
            code="invalid_parameters",
        )
    return whole
