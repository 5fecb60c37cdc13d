"""Messages: posting, reading, editing and deleting them."""

from dataclasses import dataclass
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import Conflict, Forbidden, Invalid, NotFound
from reznet.core.live import LiveTexts
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.repositories import agents, message_pages, messages, reactions, tasks
from reznet.repositories import files as stored_files
from reznet.repositories.plain_messages import PlainMessage
from reznet.schemas.agents import AgentOut
from reznet.schemas.base import BLANK
from reznet.schemas.channels import ChannelOut
from reznet.schemas.events import EventKind
from reznet.schemas.messages import (
    AuthorKind,
    MessageCreate,
    MessageOut,
    MessageStatus,
    MessageUpdate,
)
from reznet.schemas.tasks import TaskOut
from reznet.services import beginnings, dispatch, endings, events, files, forgetting
from reznet.services.access import (
    access_channel,
    access_channel_to_post,
    access_message,
    may_post,
    no_message,
)
from reznet.services.ports import Actor, Ports
from reznet.services.workflows import planning
from reznet.workflows.requests import is_command, request_in


@dataclass(frozen=True, slots=True)
class Posted:
    """A message, the runs it started, and whether it is new or was posted before."""

    message: MessageOut
    tasks: tuple[TaskOut, ...]
    created: bool


async def post(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    channel_id: UUID,
    body: MessageCreate,
    *,
    to_agent: UUID | None = None,
    wish: planning.Wish | None = None,
) -> Posted:
    """Store a message and start the agents it goes to, all in the session's transaction.

    With a `client_id` that the channel has seen, nothing happens and the first message is returned.
    `to_agent` asks that agent, and it alone, whatever the text mentions. With a `wish`, and when the text is
    the command `/plan`, an agent that can plan is asked for a plan, and nobody else.

    Raises:
        NotFound: there is no such channel, thread or agent.
        Invalid: a file is not there to be attached, or the command says nothing.
        Conflict: the channel is archived, the agent is switched off, a file is taken, or nobody can plan.
    """
    if wish is None and to_agent is None:
        wish = _command(body)
    if wish is None and may_post(actor, channel_id):
        short = await _post_shortly(session, ports, actor, channel_id, body, to_agent)
        if short is not None:
            return short
    channel = await access_channel_to_post(session, actor, channel_id)
    if body.client_id is not None:
        seen = await messages.by_client_id(session, channel_id, body.client_id)
        if seen is not None:
            return await _as_before(session, seen)
    thread_id = await _thread_root(session, channel, body.thread_id)
    direct = await _asked_agent(session, to_agent) if to_agent is not None else None
    addressed = await dispatch.find_addressed(session, body.content)
    message = await messages.insert_message(
        session,
        messages.NewMessage(
            channel_id=channel_id,
            thread_id=thread_id,
            author_kind=AuthorKind.USER,
            author_name=actor.name,
            user_id=actor.user_id,
            content=body.content,
            client_id=body.client_id,
            mentions=addressed.mentions,
        ),
    )
    if message is None:  # the same post, sent twice at the same moment
        assert body.client_id is not None  # noqa: S101 - nothing else conflicts
        seen = await messages.by_client_id(session, channel_id, body.client_id)
        assert seen is not None  # noqa: S101 - the insert waited for its commit
        return await _as_before(session, seen)
    if body.file_ids:
        attached = await files.attach(session, actor, channel_id, message.id, body.file_ids)
        message = message.model_copy(update={"files": attached})
    # Told before what follows from it, so that clients see the request before its runs.
    await events.record(
        session, ports, EventKind.MESSAGE_SENT, channel_id=channel_id, message_id=message.id
    )
    if wish is not None:
        planned = await planning.begin(session, ports, actor, channel, message, wish)
        return Posted(message, planned, created=True)
    asked = (
        [direct]
        if direct
        else await dispatch.recipients(session, channel, thread_id, addressed.agents)
    )
    started = await dispatch.start_for_person(session, ports, actor, channel, message, asked)
    return Posted(message, started, created=True)


def _command(body: MessageCreate) -> planning.Wish | None:
    """Return the wish that the text is; None when it is no command. Raises Invalid when it says nothing."""
    if not is_command(body.content):
        return None
    request = request_in(body.content)
    if not request:
        raise Invalid.field("content", planning.NOTHING_ASKED, code="nothing_to_plan")
    return planning.Wish(request)


async def _post_shortly(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    channel_id: UUID,
    body: MessageCreate,
    to_agent: UUID | None,
) -> Posted | None:
    """Store what most messages are by one statement, before the transaction begins; None when it isn't as simple as that."""
    if session.has_begun or body.thread_id is not None or body.file_ids:
        return None
    said = PlainMessage(
        channel_id=channel_id,
        author_name=actor.name,
        user_id=actor.user_id,
        content=body.content,
        client_id=body.client_id,
    )
    if to_agent is None and "@" not in body.content:
        plain = await ports.plain.store(session, ports.bus, said)
        if plain is not None:
            return Posted(plain, (), created=True)
    before = await session.before()
    mentions, asked = await dispatch.only_recipient(before, channel_id, body.content, to_agent)
    if asked is None or not asked.is_active:
        return None
    started = await beginnings.ask_one(session, ports, said, asked, mentions, actor.handle)
    if started is None:
        return None
    message, task = started
    return Posted(message, (task,), created=True)


async def get(session: ReadSession, actor: Actor, message_id: UUID) -> MessageOut:
    """Return the message. Raises NotFound, also when it was deleted."""
    return await access_message(session, actor, message_id)


def with_live_text(message: MessageOut, live: LiveTexts) -> MessageOut:
    """Return the message with the text so far, if it streams."""
    if message.status is not MessageStatus.STREAMING:
        return message
    text = live.text(message.id, message.attempt, message.content)
    return message.model_copy(update={"content": text})


async def update(
    session: WriteSession, ports: Ports, actor: Actor, message_id: UUID, body: MessageUpdate
) -> MessageOut:
    """Change the text of a person's own message.

    An agent that the new text mentions and the old did not is started, once; agents that were
    started already, or are no longer mentioned, are left as they are.

    Raises:
        NotFound: there is no such message.
        Forbidden: it is not the actor's.
        Invalid: the text is blank, and the message has no files.
        Conflict: its channel is archived.
    """
    message = await _lock_shown(session, message_id)
    if message.author.kind is not AuthorKind.USER or message.author.id != actor.user_id:
        raise Forbidden("Only your own messages can be edited.", code="not_your_message")
    channel = await access_channel_to_post(session, actor, message.channel_id)
    if body.content == message.content:
        return message
    if not (message.files or body.content.strip()):
        raise Invalid.field("content", BLANK)
    addressed = await dispatch.find_addressed(session, body.content)
    changes = {"content": body.content, "mentions": addressed.mentions, "edited_at": now()}
    after = await messages.update_message(session, message_id, changes)
    assert after is not None  # noqa: S101 - the row is locked
    await events.record(
        session,
        ports,
        EventKind.MESSAGE_UPDATED,
        channel_id=message.channel_id,
        message_id=message_id,
    )
    named_before = {mention.agent_id for mention in message.mentions}
    added = [agent for agent in addressed.agents if agent.id not in named_before]
    await dispatch.start_for_person(session, ports, actor, channel, after, added)
    return after


async def delete(session: WriteSession, ports: Ports, actor: Actor, message_id: UUID) -> None:
    """Delete a message with its files: a request takes its unfinished runs with it, an answer its own.

    The beginning of a thread takes those of the thread.
    The text is gone at once; the empty row is shown while a thread hangs on it. Raises NotFound.
    """
    await access_message(session, actor, message_id)
    await endings.cancel_where(
        session, ports, message_id=message_id, reason="the message was deleted"
    )
    message = await _lock_shown(session, message_id)
    gone: dict[str, object] = {
        "content": "",
        "mentions": (),
        "metadata": {},
        "error_code": None,
        "error_detail": None,
        "deleted_at": now(),
    }
    if message.status is MessageStatus.STREAMING:
        gone["status"] = MessageStatus.CANCELLED.value
    await messages.update_message(session, message_id, gone)
    if message.files:
        await stored_files.delete_of_message(session, message_id)
    await reactions.remove_all(session, message_id)
    await forgetting.forget_message(session, message_id)
    await events.audit(
        session,
        actor,
        "message.deleted",
        ("message", message_id),
        {"channel_id": str(message.channel_id)},
    )
    await events.record(
        session,
        ports,
        EventKind.MESSAGE_DELETED,
        channel_id=message.channel_id,
        message_id=message_id,
    )


async def list_page(
    session: ReadSession,
    actor: Actor,
    channel_id: UUID,
    *,
    before: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[MessageOut]:
    """Return top-level messages of a channel, oldest first within the page.

    Without `after` that is the newest page, or the one before `before`, and the cursor leads to
    older ones; with `after` it leads to newer ones. Raises NotFound.
    """
    await access_channel(session, actor, channel_id)
    rows = await message_pages.select_channel_page(
        session,
        channel_id,
        before=await _key(session, before),
        after=await _key(session, after),
        limit=limit + 1,
    )
    return _page(list(rows), limit, forward=after is not None and before is None)


async def thread_page(
    session: ReadSession,
    actor: Actor,
    message_id: UUID,
    *,
    before: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[MessageOut]:
    """Return the messages of a thread without its root, like `list_page`. Raises NotFound."""
    root = await messages.get(session, message_id)
    if root is None:
        raise no_message(message_id)
    await access_channel(session, actor, root.channel_id)
    rows = await message_pages.select_thread_page(
        session,
        root.thread_id or root.id,
        before=await _key(session, before),
        after=await _key(session, after),
        limit=limit + 1,
    )
    return _page(list(rows), limit, forward=after is not None and before is None)


async def _as_before(session: WriteSession, seen: MessageOut) -> Posted:
    return Posted(seen, tuple(await tasks.for_message(session, seen.id)), created=False)


async def _thread_root(
    session: WriteSession, channel: ChannelOut, thread_id: UUID | None
) -> UUID | None:
    """Return the root of the thread; a reply to a reply goes to the same thread."""
    if thread_id is None:
        return None
    root = await messages.get(session, thread_id)
    if root is None or root.channel_id != channel.id:
        raise NotFound(
            f"There is no message {thread_id} in this channel to reply to.",
            code="thread_not_found",
        )
    return root.thread_id or root.id


async def _asked_agent(session: WriteSession, agent_id: UUID) -> AgentOut:
    agent = await agents.get(session, agent_id)
    if agent is None:
        raise NotFound(f"There is no agent {agent_id}.", code="agent_not_found")
    if not agent.is_active:
        raise Conflict(f"{agent.name} is switched off; activate it first.", code="agent_inactive")
    return agent


async def _lock_shown(session: WriteSession, message_id: UUID) -> MessageOut:
    message = await messages.lock(session, message_id)
    if message is None or message.deleted_at is not None:
        raise no_message(message_id)
    return message


async def _key(session: ReadSession, position: str | None) -> message_pages.Key | None:
    """Return where a cursor, or a message's id, stands."""
    if position is None:
        return None
    try:
        message_id = UUID(position)
    except ValueError:
        return decode_time_id(position)
    message = await messages.get(session, message_id)
    if message is None:
        raise no_message(message_id)
    return message.created_at, message.id


def _page(rows: list[MessageOut], limit: int, *, forward: bool) -> Page[MessageOut]:
    if len(rows) <= limit:
        return Page(rows, None)
    rows = rows[:limit] if forward else rows[1:]
    edge = rows[-1] if forward else rows[0]
    return Page(rows, encode_cursor(edge.created_at, edge.id))
