"""The agent that leads: it answers, hands on, or makes a plan for the others."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from reznet.agents.base import BaseAgent
from reznet.agents.context import build_context
from reznet.agents.llm_types import LLMClient, Turn
from reznet.agents.local_model import TRIAL_MODEL
from reznet.agents.persona import system_prompt
from reznet.agents.planner import prompt
from reznet.agents.planner.outcome import AgentEvent
from reznet.agents.planner.shape import shape_of
from reznet.agents.planner.stream import PlanCall, PlanStream
from reznet.agents.windows import context_budget, window_of
from reznet.schemas.agents import AgentKind, AgentOut
from reznet.schemas.runs import Planning, RunContext
from reznet.workflows.plan import MAX_TASKS
from reznet.workflows.requests import request_in

# Of a model's window, what the list of agents may take, and what a plan that it has to mend.
_TEAM_SHARE, _PLAN_SHARE = 5, 6
_MOST_TEAM_TOKENS = 3_000
# A small local model goes on for ever if it may.
_WEAK_TASKS, _WEAK_TOKENS = 6, 700


class Orchestrator(BaseAgent):
    """Answers, hands on to the agents it knows of, or makes a plan."""

    kind = AgentKind.ORCHESTRATOR

    def instructions(self, roster: Sequence[AgentOut]) -> str:
        """Tell who there is to hand on to."""
        return _team(roster)

    @asynccontextmanager
    async def answer(
        self, run: RunContext, llm: LLMClient
    ) -> AsyncGenerator[AsyncIterator[AgentEvent]]:
        """Open the stream of the answer, which may come to a plan. Raises LLMError like the client."""
        is_trial = self.model.name == TRIAL_MODEL
        if run.planning is Planning.NONE or (run.planning is Planning.OFFERED and is_trial):
            async with super().answer(run, llm) as stream:
                yield stream
            return
        plan = PlanStream(llm, self._plan_call(run))
        try:
            yield plan
        finally:
            await plan.aclose()

    def _plan_call(self, run: RunContext) -> PlanCall:
        is_asked = run.planning is Planning.ASKED
        is_weak = self.model.provider == "local"
        window = window_of(self.model)
        tokens = min(_MOST_TEAM_TOKENS, window // _TEAM_SHARE)
        instructions = (prompt.asked if is_asked else prompt.offered)(run.roster, tokens)
        asked_for = request_in(run.request.content)
        said = self._said(run)
        said[-1] = replace(said[-1], text=asked_for)
        system = system_prompt(
            self.agent,
            run.channel.name,
            instructions,
            with_files=any(message.files for message in said),
            with_memories=run.remembers,
        )
        model = self.model
        if is_weak and is_asked:
            model = replace(model, max_tokens=min(model.max_tokens or _WEAK_TOKENS, _WEAK_TOKENS))
        budget = context_budget(model, system, override=self._context_tokens)
        preface = self._recall(run, said, budget)

        def turns(beside: int) -> list[Turn]:
            return build_context(
                said,
                agent_id=str(self.agent.id),
                budget_tokens=budget - beside,
                preface=preface,
            )

        handles = [agent.handle for agent in run.roster] or [self.agent.handle]
        return PlanCall(
            planner=self.agent,
            agents=run.roster,
            request=asked_for,
            model=model,
            system=system,
            turns=turns,
            shape=shape_of(handles, most_tasks=_WEAK_TASKS if is_weak else MAX_TASKS),
            is_asked=is_asked,
            room=window // _PLAN_SHARE,
            is_weak=is_weak,
            # It repeats itself until it is stopped, so nobody waits for it.
            is_hopeless=model.name == TRIAL_MODEL,
        )


def _team(roster: Sequence[AgentOut]) -> str:
    if not roster:
        return ""
    lines = [f"- @{agent.handle}: {agent.persona.role}" for agent in roster]
    return (
        "These agents can be asked by mentioning them in your answer. Mention one only when it should "
        "act now, with everything it needs to know:\n" + "\n".join(lines)
    )
