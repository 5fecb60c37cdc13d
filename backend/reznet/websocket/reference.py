"""Makes `docs/reference/events.md` from the models of the events: `python -m reznet.websocket.reference`."""

import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from reznet.schemas import events
from reznet.schemas.base import Request
from reznet.services.outbox import CATCH_UP_LIMIT
from reznet.websocket.connection import MAX_EVENT_CHARS, MAX_QUEUED_CHARS, MAX_QUEUED_PACKETS
from reznet.websocket.limits import EVENTS_AT_ONCE, EVENTS_PER_SECOND, MAX_ROOMS
from reznet.websocket.transport import MAX_WIRE_BYTES

FROM_CLIENT: Mapping[str, tuple[type[BaseModel], type[BaseModel]]] = {
    "join_channel": (events.JoinChannel, events.JoinAck),
    "leave_channel": (events.LeaveChannel, events.Ack),
    "send_message": (events.SendMessage, events.SendAck),
    "invoke_agent": (events.InvokeAgent, events.SendAck),
    "typing": (events.Typing, events.Ack),
    "cancel_task": (events.TaskCommand, events.TaskAck),
    "retry_task": (events.TaskCommand, events.TaskAck),
}
FROM_SERVER: Mapping[str, type[BaseModel]] = {
    "message_sent": events.MessageSent,
    "message_updated": events.MessageUpdated,
    "message_deleted": events.MessageDeleted,
    "task_updated": events.TaskUpdated,
    "channel_updated": events.ChannelUpdated,
    "members_updated": events.MembersUpdated,
    "agent_updated": events.AgentUpdated,
    "agent_deleted": events.AgentDeleted,
    "workflow_updated": events.WorkflowUpdated,
    "workflow_progress": events.WorkflowProgressed,
    "workflow_deleted": events.WorkflowDeleted,
    "message_delta": events.MessageDelta,
    "agent_typing": events.AgentTyping,
    "user_typing": events.UserTyping,
    "channel_read": events.ChannelRead,
    "error": events.SocketError,
}

_INTRODUCTION = f"""\
# Socket events

Socket.IO (protocol 5, Engine.IO 4), path `/socket.io`, default namespace; every event has one JSON object.
This page is made from the models in `reznet/schemas/events.py`; `python -m reznet.websocket.reference` makes it anew.

## How it works

Join a channel, then load its messages over HTTP: in that order nothing falls between the two.

Each event a client sends is acknowledged with `{{"ok": true, …}}` or `{{"ok": false, "error": <problem>}}`; the
problem is the object that HTTP answers with as `application/problem+json`. A client that asks for no
acknowledgement gets refusals as an `error` event. Events that join, leave and post are done in the order
in which a socket sent them.

**Durable events** carry `event_id` and `channel_id`. Within a channel the ids rise, and each is told once. A
client that comes back joins with the `last_event_id` it has seen in that channel (or the `event_id` that the join was
acknowledged with) and gets what it missed before the acknowledgement, then what is new. When more
than {CATCH_UP_LIMIT} events were missed, or they are no longer kept (`REZNET_EVENT_RETENTION_DAYS`), the
acknowledgement says `refetch: true`: load the channel over HTTP. What an event shows is the thing *as it is now*, so
an event may tell what a later one tells again: put it in place of what you have. An event whose
transaction took unusually long may come a second time under a new id.

**Live text** is not kept. `message_delta` adds to the `content` of a message from `offset` on, in Unicode code
points. With a higher `attempt` than the message has, the text starts over. A client that sees a gap loads the
message over HTTP; its `content` holds the text so far, as does the message in every event. No delta comes before its
message, or after the event that ends it.

**Threads.** `message_sent` and `message_deleted` of a reply carry `thread`, the numbers that the beginning of the
thread shows, as they are now. A deleted message goes from lists, but one with replies stays there as an empty row.

`channel_updated`, `agent_updated` and `agent_deleted` go to every socket, so that lists of channels and agents
stay right without joining anything, and `channel_read` to the sockets of the person who read; all other events go
to those who joined the channel. What a person has read is not told again to who comes back: `GET /api/unread` has it,
and what was written since counts from its `newest_at` on. Events about agents
belong to no channel and are not told again to who comes back: load the agents anew then.

## Limits

| | |
|---|---|
| a packet | {MAX_EVENT_CHARS // 1024} KiB; a larger one is refused (`packet_too_large`), one of {MAX_WIRE_BYTES // 1024 // 1024} MiB ends the connection |
| text of a message | 32 KiB of UTF-8 |
| events from one socket | {EVENTS_PER_SECOND:.0f} a second, {EVENTS_AT_ONCE:.0f} at once; more are refused with `retry_after` seconds |
| channels one socket can be in | {MAX_ROOMS} |
| `typing` | told once a second for each channel |
| a client that does not read | is disconnected at {MAX_QUEUED_PACKETS:,} packets or {MAX_QUEUED_CHARS // 1024 // 1024} MiB that wait for it; it can come back and catch up |
| binary data | is refused (`binary_refused`) |
"""


def render() -> str:
    """Return the page."""
    return "\n".join([_INTRODUCTION, *_client_events(), *_server_events(), *_objects()])


def main(arguments: list[str]) -> int:
    """Write the page to the file named, by default to its place in the repository; return the exit code."""
    default = Path(__file__).parents[3] / "docs" / "reference" / "events.md"
    target = Path(arguments[0]) if arguments else default
    target.write_text(render(), encoding="utf-8")
    return 0


def _client_events() -> Iterator[str]:
    yield "## From the client\n"
    for name, (request, ack) in FROM_CLIENT.items():
        yield f"### `{name}`\n\n{_summary(request)}\n"
        yield from _fields(request)
        yield f"Acknowledged with `{ack.__name__}`: {_summary(ack)}\n"
        yield from _fields(ack)


def _server_events() -> Iterator[str]:
    yield "## From the server\n"
    for name, payload in FROM_SERVER.items():
        yield f"### `{name}`\n\n{_summary(payload)}\n"
        yield from _fields(payload)


def _objects() -> Iterator[str]:
    """Describe every object that the payloads hold, once."""
    yield "## Objects\n"
    definitions: dict[str, dict[str, Any]] = {}
    models = [*FROM_SERVER.values(), *(ack for _, ack in FROM_CLIENT.values())]
    for model in models:
        definitions |= _schema(model).get("$defs", {})
    for name in sorted(definitions):
        definition = definitions[name]
        if "properties" in definition:
            yield f"### {name}\n\n{_first_lines(definition.get('description', ''))}\n"
            yield from _table(definition)


def _fields(model: type[BaseModel]) -> Iterator[str]:
    yield from _table(_schema(model))


def _table(schema: Mapping[str, Any]) -> Iterator[str]:
    properties = cast("dict[str, dict[str, Any]]", schema.get("properties", {}))
    required = set(schema.get("required", ()))
    yield "| field | type | |\n|---|---|---|"
    for name, field in properties.items():
        notes = [field.get("description", "")]
        if name not in required and "const" not in field:
            notes.insert(0, "may be left out.")
        yield f"| `{name}` | {_type(field)} | {' '.join(note for note in notes if note)} |"
    yield ""


def _type(field: Mapping[str, Any]) -> str:
    if "const" in field:
        return f"`{str(field['const']).lower()}`"
    if "$ref" in field:
        return field["$ref"].rsplit("/", 1)[1]
    if "allOf" in field:
        return _type(field["allOf"][0])
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(option) for option in field["anyOf"]))
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}))}"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    return str(field.get("format") or field.get("type") or "any")


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    mode = "validation" if issubclass(model, Request) else "serialization"
    return model.model_json_schema(mode=mode)


def _summary(model: type[BaseModel]) -> str:
    return _first_lines(inspect.getdoc(model) or "")


def _first_lines(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
