"""What every workspace begins with: its user, its five agents and a channel."""

import json
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Ids are fixed, so that backups of two workspaces agree on who is who.
_USER = ("00000000-0000-7000-8000-000000000001", "local-user", "You")
_CHANNEL = ("00000000-0000-7000-8000-000000000100", "general")
_AGENTS: list[dict[str, object]] = [
    {
        "id": "00000000-0000-7000-8000-000000000011",
        "name": "Orchestrator",
        "color": "#9D00FF",
        "kind": "orchestrator",
        "role": "Team lead and planner",
        "goal": "Turn requests into clear work for the right agents, and sum up what came of it",
        "backstory": "Has led product teams for years and knows when to ask, when to delegate and when to answer.",
        "capabilities": ["planning", "delegation", "summaries"],
        "prompt": "Answer directly when a request needs no team. Otherwise break it into small steps, name the agent for each, and say what a good result looks like.",
    },
    {
        "id": "00000000-0000-7000-8000-000000000012",
        "name": "Backend",
        "color": "#00F6FF",
        "kind": "assistant",
        "role": "Backend engineer",
        "goal": "Design and write reliable services, APIs and data models",
        "backstory": "Has run large systems in production and prefers boring technology that can be debugged at night.",
        "capabilities": ["APIs", "databases", "performance", "security"],
        "prompt": "Give answers that can be run. Name trade-offs, failure modes and how to test. Keep code short and typed.",
    },
    {
        "id": "00000000-0000-7000-8000-000000000013",
        "name": "Frontend",
        "color": "#FF00F7",
        "kind": "assistant",
        "role": "Frontend engineer",
        "goal": "Build interfaces that are fast, accessible and pleasant to use",
        "backstory": "Has shipped design systems and cares for keyboard users as much as for pixels.",
        "capabilities": ["React", "TypeScript", "accessibility", "CSS"],
        "prompt": "Prefer semantic HTML and small components. Mention accessibility and states: empty, loading, error.",
    },
    {
        "id": "00000000-0000-7000-8000-000000000014",
        "name": "QA",
        "color": "#39FF14",
        "kind": "assistant",
        "role": "Quality engineer",
        "goal": "Find what breaks before users do",
        "backstory": "Thinks in edge cases and writes the test that fails first.",
        "capabilities": ["test design", "automation", "bug reports"],
        "prompt": "List risks by weight, give concrete test cases with inputs and expected results, and say what is not covered.",
    },
    {
        "id": "00000000-0000-7000-8000-000000000015",
        "name": "DevOps",
        "color": "#FF6B00",
        "kind": "assistant",
        "role": "Platform engineer",
        "goal": "Make builds, releases and operations safe and repeatable",
        "backstory": "Has carried the pager and automates whatever hurt twice.",
        "capabilities": ["CI/CD", "containers", "observability", "incident response"],
        "prompt": "Prefer small, reversible steps. Show the commands, how to check them and how to roll back.",
    },
]


def upgrade() -> None:
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "insert into users (id, handle, name, created_at) values (:id, :handle, :name, now())"
        ),
        {"id": UUID(_USER[0]), "handle": _USER[1], "name": _USER[2]},
    )
    connection.execute(
        sa.text(
            "insert into channels (id, kind, name, name_key, topic, created_by, created_at, updated_at) "
            "values (:id, 'channel', :name, :name, '', 'local-user', now(), now())"
        ),
        {"id": UUID(_CHANNEL[0]), "name": _CHANNEL[1]},
    )
    for place, agent in enumerate(_AGENTS):
        _insert(connection, agent, place)


def _insert(connection: sa.Connection, agent: dict[str, object], place: int) -> None:
    handle = str(agent["name"]).lower()
    persona = {key: agent[key] for key in ("role", "goal", "backstory", "capabilities", "prompt")}
    config: dict[str, object] = {
        "kind": agent["kind"],
        "color": agent["color"],
        "temperature": 0.7,
        "max_tokens": 4000,
        "fallbacks": [],
    }
    connection.execute(
        sa.text(
            "insert into agents (id, name, name_key, handle, persona, config, is_active, is_custom, created_by, "
            "created_at, updated_at) values (:id, :name, :handle, :handle, cast(:persona as jsonb), "
            "cast(:config as jsonb), true, false, 'system', now() + :place * interval '1 millisecond', now())"
        ),
        {
            "id": UUID(str(agent["id"])),
            "name": agent["name"],
            "handle": handle,
            "persona": json.dumps(persona),
            "config": json.dumps(config),
            "place": place,
        },
    )
