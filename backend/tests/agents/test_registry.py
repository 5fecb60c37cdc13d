from datetime import UTC, datetime
from uuid import uuid4

from reznet.agents.base import Assistant, BaseAgent
from reznet.agents.orchestrator import Orchestrator
from reznet.agents.registry import AgentRegistry
from reznet.schemas.agents import AgentConfig, AgentKind, AgentOut, Fallback, Persona

DEFAULT = ("openai", "gpt-5.4-mini")


def agent(**config: object) -> AgentOut:
    now = datetime.now(UTC)
    return AgentOut(
        id=uuid4(),
        name="Helper",
        handle="helper",
        agent_type="custom",
        persona=Persona(role="Helps"),
        config=AgentConfig.model_validate(config),
        is_active=True,
        is_custom=True,
        created_by="local-user",
        created_at=now,
        updated_at=now,
    )


def test_kind_of_the_configuration_picks_the_class() -> None:
    registry = AgentRegistry()
    assert type(registry.make(agent(), DEFAULT)) is Assistant
    assert type(registry.make(agent(kind="orchestrator"), DEFAULT)) is Orchestrator


def test_registered_class_runs_its_kind_from_then_on() -> None:
    class Other(BaseAgent):
        kind = AgentKind.ASSISTANT

    registry = AgentRegistry()
    registry.register(Other)
    assert type(registry.make(agent(), DEFAULT)) is Other
    assert type(AgentRegistry().make(agent(), DEFAULT)) is Assistant


def test_every_kind_has_a_class() -> None:
    registry = AgentRegistry()
    for kind in AgentKind:
        assert registry.make(agent(kind=kind), DEFAULT).kind is kind


def test_agent_without_a_model_follows_the_settings() -> None:
    model = AgentRegistry().make(agent(temperature=0.1, max_tokens=50), DEFAULT).model
    assert (model.provider, model.name) == DEFAULT
    assert (model.temperature, model.max_tokens) == (0.1, 50)


def test_agent_with_another_provider_does_not_take_the_default_providers_model() -> None:
    model = AgentRegistry().make(agent(provider="ollama"), DEFAULT).model
    assert (model.provider, model.name) == ("ollama", "")


def test_fallbacks_are_tried_in_their_order() -> None:
    fallbacks = (Fallback(provider="anthropic", model="a"), Fallback(provider="ollama", model="b"))
    model = AgentRegistry().make(agent(fallbacks=fallbacks), DEFAULT).model
    assert [ref.name for ref in model.chain()] == ["gpt-5.4-mini", "a", "b"]
