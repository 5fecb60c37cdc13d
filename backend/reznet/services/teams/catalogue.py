"""The templates that the product ships."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from reznet.core.errors import NotFound
from reznet.schemas.templates import Template, TemplateAgentSummary, TemplateSummary

# The order in which they are offered.
_IDS = ("software", "marketing", "research", "content", "legal", "operations")


def summaries() -> list[TemplateSummary]:
    """Return every template in short."""
    return [_summary(template) for template in catalogue().values()]


def get(template_id: str) -> Template:
    """Return the template. Raises NotFound, which names those that there are."""
    found = catalogue().get(template_id)
    if found is None:
        raise NotFound(
            f"There is no such template; there are {', '.join(catalogue())}.",
            code="template_not_found",
        )
    return found


@cache
def catalogue() -> Mapping[str, Template]:
    """Return the templates by id. Raises ValidationError when a file is not valid."""
    folder = files(__package__) / "templates"
    texts = {name: (folder / f"{name}.json").read_text(encoding="utf-8") for name in _IDS}
    return MappingProxyType(
        {name: Template.model_validate_json(text) for name, text in texts.items()}
    )


def _summary(template: Template) -> TemplateSummary:
    return TemplateSummary(
        id=template.id,
        name=template.name,
        description=template.description,
        agents=tuple(
            TemplateAgentSummary(
                key=agent.key,
                name=agent.name,
                handle=agent.handle,
                role=agent.role,
                color=agent.color,
            )
            for agent in template.agents
        ),
        starters=template.starters,
    )
