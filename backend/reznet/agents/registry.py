"""Which class runs which kind of agent. Classes are made known once; agents are made when they run."""

from reznet.agents.base import Assistant, BaseAgent
from reznet.agents.orchestrator import Orchestrator
from reznet.schemas.agents import AgentKind, AgentOut


class AgentRegistry:
    """Makes the BaseAgent of a configured agent."""

    def __init__(self) -> None:
        """Know the kinds that ship with the product."""
        self._kinds: dict[AgentKind, type[BaseAgent]] = {}
        self.register(Assistant)
        self.register(Orchestrator)

    def register(self, kind: type[BaseAgent]) -> None:
        """Run agents of this class's kind by it, from now on."""
        self._kinds[kind.kind] = kind

    def make(
        self, agent: AgentOut, default: tuple[str, str], context_tokens: int = 0
    ) -> BaseAgent:
        """Return the agent, ready to run; the arguments are those of BaseAgent."""
        return self._kinds[agent.config.kind](agent, default, context_tokens)
