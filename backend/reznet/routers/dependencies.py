"""What routes ask for: the workspace they serve, who asks, and a session of the right kind."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from reznet.core.config import Settings
from reznet.core.database import Database, ReadSession, WriteSession
from reznet.core.live import LiveTexts
from reznet.routers.watch import TaskWatch
from reznet.schemas.agents import AgentOut
from reznet.schemas.providers import ProviderOut
from reznet.schemas.trials import TrialDelta, TrialDone, TrialMessage
from reznet.services.ports import LOCAL_USER, Actor, Ports


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a part of the workspace works, and what is known about it."""

    name: str
    ok: bool
    detail: str


class Checks(Protocol):
    """Looks at the parts of a workspace."""

    def degraded(self) -> Sequence[str]:
        """Return what is missing although the workspace serves. Never waits."""
        ...

    async def ready(self) -> Sequence[Check]:
        """Look at everything that a request may need."""
        ...


class ProviderStates(Protocol):
    """Knows the providers of models."""

    async def states(self) -> Sequence[ProviderOut]:
        """Return each provider and whether it can be used now."""
        ...


class Trial(Protocol):
    """An answer that is tried, while it comes."""

    async def next(self, seconds: float) -> TrialDelta | TrialDone | None:
        """Return what is new, None after so many seconds without; `TrialDone` is the last.

        Raises Problem when there is no answer.
        """
        ...

    def stop(self) -> None:
        """Stop it, if it isn't over."""
        ...


class Trials(Protocol):
    """Asks agents that are not saved."""

    def ask(
        self,
        actor: Actor,
        agent: AgentOut,
        roster: Sequence[AgentOut],
        messages: Sequence[TrialMessage],
    ) -> Trial:
        """Begin an answer. Raises LimitReached."""
        ...


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything that routes work with; `main` puts it together."""

    settings: Settings
    database: Database
    ports: Ports
    live: LiveTexts
    watch: TaskWatch
    providers: ProviderStates
    trials: Trials
    checks: Checks


# These are coroutines because FastAPI runs plain functions in threads, which costs more than they do.
async def workspace_of(request: Request) -> Workspace:
    """Return the workspace that the application serves."""
    return cast("Workspace", request.app.state.workspace)


TheWorkspace = Annotated[Workspace, Depends(workspace_of)]


async def _ports(workspace: TheWorkspace) -> Ports:
    return workspace.ports


async def _live(workspace: TheWorkspace) -> LiveTexts:
    return workspace.live


async def current_actor() -> Actor:
    """Everybody who reaches the port is the local user until people can sign in."""
    return LOCAL_USER


async def _reading(workspace: TheWorkspace) -> AsyncGenerator[ReadSession]:
    async with workspace.database.read() as session:
        yield session


async def _writing(workspace: TheWorkspace) -> AsyncGenerator[WriteSession]:
    async with workspace.database.write() as session:
        yield session


async def _default_model(ports: Annotated[Ports, Depends(_ports)]) -> tuple[str, str]:
    return await ports.models.default()


ThePorts = Annotated[Ports, Depends(_ports)]
TheActor = Annotated[Actor, Depends(current_actor)]
Live = Annotated[LiveTexts, Depends(_live)]
# Ask for it before a session: it may look for providers on the network.
DefaultModel = Annotated[tuple[str, str], Depends(_default_model)]
# With the scope of the function, the commit comes before the answer: 201 means that it is durable.
Reading = Annotated[ReadSession, Depends(_reading, scope="function")]
Writing = Annotated[WriteSession, Depends(_writing, scope="function")]
