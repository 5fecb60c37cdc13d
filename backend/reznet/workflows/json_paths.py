"""Values out of the JSON that other programs send. Pure."""

import json
from typing import cast

from reznet.workflows.placeholders import MAX_VALUE

_MOST_INDEX = 6  # digits of a place in a list


def value_at(body: object, path: str) -> str | None:
    """Return what stands at a dotted path such as `items.0.name` as a text; None when there is nothing, or null.

    What is no text is written as JSON. A long text loses its end.
    """
    found = body
    for step in path.split("."):
        found = _step(found, step)
    if found is None:
        return None
    if isinstance(found, str):
        return shortened(found)
    return shortened(json.dumps(found, ensure_ascii=False, separators=(",", ":")))


def shortened(text: str) -> str:
    """Return a value that came from outside, without what is beyond the limit."""
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def _step(value: object, step: str) -> object:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).get(step)
    if isinstance(value, list) and step.isascii() and step.isdigit() and len(step) <= _MOST_INDEX:
        items = cast("list[object]", value)
        return items[int(step)] if int(step) < len(items) else None
    return None
