"""Plans as models write them, for the fake service."""

import json
from typing import Any

ORCHESTRATOR = "00000000-0000-7000-8000-000000000011"


def task(key: str, *needs: str, agent: str = "backend", **fields: Any) -> dict[str, Any]:
    """Return a task of a plan."""
    return {
        "key": key,
        "title": f"Do {key}",
        "description": f"All about {key}.",
        "agent": agent,
        "depends_on": list(needs),
        "expected_output": "A text.",
    } | fields


def plan(*tasks: dict[str, Any], title: str = "Launch") -> str:
    """Return a plan as JSON."""
    return json.dumps({"title": title, "tasks": tasks})


def fenced(*tasks: dict[str, Any], intro: str = "I split this up.", title: str = "Launch") -> str:
    """Return an answer that holds a plan, as the prompt asks for it."""
    return f"{intro}\n\n```plan\n{plan(*tasks, title=title)}\n```\n"


GOOD = plan(
    task("research", agent="qa"), task("write", "research"), task("ship", "write", agent="devops")
)
CYCLE = plan(task("a", "b"), task("b", "a"))


def as_json(*tasks: dict[str, Any]) -> str:
    """Return a plan of any tasks as JSON."""
    return json.dumps({"title": "Launch", "tasks": tasks})
