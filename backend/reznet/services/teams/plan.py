"""What an import does with each agent of a bundle. Decided before anything is written."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reznet.schemas.agents import AgentConfig, AgentOut, handle_of
from reznet.schemas.bundles import BundledAgent, OnConflict, RefusedAgent
from reznet.schemas.problems import ProblemField
from reznet.services.new_agents import Draft, first_free, numbered, persona_of

# Names that come with the product may be shorter; they are never given to a new agent.
_SHORTEST_NAME = 3
_NUMBER = re.compile(r"-([1-9][0-9]{0,3})$")


@dataclass(frozen=True, slots=True)
class Create:
    """Make an agent; under another name than the file's where `renamed_from` has that."""

    index: int
    draft: Draft
    renamed_from: str | None = None


@dataclass(frozen=True, slots=True)
class Replace:
    """Give an agent that is there the contents of the file; it keeps its name as it is written."""

    index: int
    draft: Draft
    existing: AgentOut


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave an agent that is there as it is."""

    index: int
    name: str
    reason: Literal["identical", "name_taken"]
    existing: AgentOut


@dataclass(frozen=True, slots=True)
class Fail:
    """An agent that can't be taken."""

    index: int
    name: str | None
    errors: tuple[ProblemField, ...]


type Step = Create | Replace | Skip | Fail


@dataclass(frozen=True, slots=True)
class Known:
    """The agents that are there, as far as they concern a bundle.

    `named` holds those with a handle of the bundle. `families` holds, by such a handle, all whose
    handle is it with a number.
    """

    named: Mapping[str, AgentOut]
    families: Mapping[str, Sequence[AgentOut]]


def plan(
    entries: Sequence[BundledAgent | RefusedAgent], known: Known, on_conflict: OnConflict
) -> list[Step]:
    """Return what to do with each entry, in their order."""
    handles = Counter(handle_of(e.name) for e in entries if isinstance(e, BundledAgent))
    taken = {*known.named, *handles}
    for family in known.families.values():
        taken |= {agent.handle for agent in family}
    steps: list[Step] = []
    for index, entry in enumerate(entries):
        step = _step(index, entry, known, on_conflict, handles, taken)
        if isinstance(step, Create):
            taken.add(handle_of(step.draft.name))
        steps.append(step)
    return steps


def clashing(
    entries: Sequence[BundledAgent | RefusedAgent], named: Mapping[str, AgentOut]
) -> list[str]:
    """Return the names whose handle belongs to an agent with other contents."""
    return [
        entry.name
        for entry in entries
        if isinstance(entry, BundledAgent)
        and (existing := named.get(handle_of(entry.name))) is not None
        and not _is_same(existing, _draft(entry))
    ]


def _step(
    index: int,
    entry: BundledAgent | RefusedAgent,
    known: Known,
    on_conflict: OnConflict,
    handles: Counter[str],
    taken: Collection[str],
) -> Step:
    if isinstance(entry, RefusedAgent):
        return Fail(index, entry.name, entry.errors)
    handle = handle_of(entry.name)
    if handles[handle] > 1:
        return _fail(
            index, entry, "name", f"is in this file {handles[handle]} times, as @{handle}"
        )
    draft = _draft(entry)
    existing = known.named.get(handle)
    if existing is None:
        if len(entry.name) < _SHORTEST_NAME:
            return _fail(
                index, entry, "name", f"must be at least {_SHORTEST_NAME} characters long"
            )
        return Create(index, draft)
    if _is_same(existing, draft):
        return Skip(index, entry.name, "identical", existing)
    match on_conflict:
        case OnConflict.SKIP:
            return Skip(index, entry.name, "name_taken", existing)
        case OnConflict.REPLACE:
            return _replace(index, entry, draft, existing)
        case OnConflict.RENAME:
            return _renamed(index, draft, known.families.get(handle, ()), taken)


def _replace(index: int, entry: BundledAgent, draft: Draft, existing: AgentOut) -> Step:
    if not existing.is_custom and draft.config.kind is not existing.config.kind:
        message = f"must be {existing.config.kind.value!r}: {existing.name} is a default agent"
        return _fail(index, entry, "kind", message)
    return Replace(index, draft, existing)


def _renamed(index: int, draft: Draft, family: Sequence[AgentOut], taken: Collection[str]) -> Step:
    """Give the agent a number, unless an earlier import of the same bundle has done so."""
    for agent in family:
        if _is_same(agent, draft) and _is_numbered_form(agent.handle, draft.name):
            return Skip(index, draft.name, "identical", agent)
    name = first_free(draft.name, taken)
    renamed = Draft(name, draft.persona, draft.config, is_active=draft.is_active)
    return Create(index, renamed, renamed_from=draft.name)


def _is_numbered_form(handle: str, name: str) -> bool:
    found = _NUMBER.search(handle)
    if found is None or int(found[1]) < 2:
        return False
    return handle == handle_of(numbered(name, int(found[1])))


def _is_same(agent: AgentOut, draft: Draft) -> bool:
    """Whether both are the same but for their names."""
    return (agent.persona, agent.config, agent.is_active) == (
        draft.persona,
        draft.config,
        draft.is_active,
    )


def _draft(entry: BundledAgent) -> Draft:
    config = AgentConfig(
        kind=entry.kind,
        provider=entry.provider,
        model=entry.model,
        temperature=entry.temperature,
        max_tokens=entry.max_tokens,
        color=entry.color,
        fallbacks=entry.fallbacks,
        memory=entry.memory,
    )
    return Draft(entry.name, persona_of(entry), config, is_active=entry.is_active)


def _fail(index: int, entry: BundledAgent, field: str, message: str) -> Fail:
    return Fail(index, entry.name, (ProblemField(field=field, message=message),))
