"""Plans as tests send them."""

from typing import Any

from tests.support.app import Json


def step(key: str, *needs: str, agent: str = "orchestrator", **fields: Any) -> Json:
    """Return a task of a plan that needs those of these keys."""
    return {
        "key": key,
        "title": key.capitalize(),
        "agent": agent,
        "depends_on": list(needs),
    } | fields


def plan(channel: Json, *tasks: Json, title: str = "Launch", **fields: Any) -> Json:
    """Return the body that makes a workflow of these tasks."""
    return {"channel_id": channel["id"], "title": title, "tasks": list(tasks)} | fields


def ring(size: int) -> list[Json]:
    """Return tasks of which each needs the next, and the last the first."""
    return [step(f"t{index}", f"t{(index + 1) % size}") for index in range(size)]
