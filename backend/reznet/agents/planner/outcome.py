"""What an agent's answer may come to beside its text."""

from dataclasses import dataclass

from reznet.agents.llm_types import StreamEvent
from reznet.schemas.runs import ProposedPlan


@dataclass(frozen=True, slots=True)
class Concluded:
    """What an answer comes to, when that is not the text that was streamed: a plan, or why there is none.

    `refusal` is what the answer then says, and a code and a sentence with the next step.
    """

    plan: ProposedPlan | None
    refusal: tuple[str, str, str] | None = None


AgentEvent = StreamEvent | Concluded
