"""What a run looks for among memories, from what is said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.schemas.messages import Author, AuthorKind, Mention, MessageOut, MessageStatus
from reznet.services.recall_query import Query, query_of, query_of_task
from reznet.workflows.brief import Brief

NOW = datetime(2025, 3, 2, 12, tzinfo=UTC)
ADA, BO, AGENT, OTHER = (UUID(int=number) for number in range(1, 5))


def message(
    content: str, who: UUID = ADA, kind: AuthorKind = AuthorKind.USER, **fields: object
) -> MessageOut:
    values: dict[str, object] = {
        "id": UUID(int=99),
        "channel_id": UUID(int=98),
        "thread_id": None,
        "reply_to_id": None,
        "author": Author(kind=kind, id=who, name=f"Name {who.int}"),
        "content": content,
        "status": MessageStatus.COMPLETE,
        "attempt": 0,
        "task_id": None,
        "error": None,
        "client_id": None,
        "mentions": (),
        "metadata": {},
        "created_at": NOW,
        "updated_at": NOW,
        "edited_at": None,
        "deleted_at": None,
    }
    return MessageOut.model_validate(values | fields)


def ask(request: str, *history: MessageOut) -> Query | None:
    return query_of(message(request), history, AGENT)


@pytest.mark.parametrize(
    "request_",
    ["hello", "Hi there!", "good morning", "thanks, that's great", "ok", "Thank you so much!", "👋", "", "  \n"],
)  # fmt: skip
def test_small_talk_looks_for_nothing(request_: str) -> None:
    earlier = message("Where does Ada live?")
    assert ask(request_) is None
    assert ask(request_, earlier) is None


@pytest.mark.parametrize(
    "request_",
    [
        "Where does Ada live now?",
        "Write the release notes for version two",
        "Hello, where does Ada live?",
        "Wo wohnt Ada jetzt eigentlich?",
    ],
)
def test_a_request_that_says_enough_is_asked_alone(request_: str) -> None:
    query = ask(request_, message("Let us talk about lunch."))
    assert query is not None
    assert (query.text, query.request, query.at) == (request_, request_, NOW)


@pytest.mark.parametrize(
    "request_",
    [
        "And Berlin?",
        "When did she move there?",
        "why?",
        "What about the budget?",
        "Berlin?",
        "more",
    ],
)
def test_a_request_that_goes_on_is_asked_with_what_was_said(request_: str) -> None:
    query = ask(request_, message("Where does Grace live?"))
    assert query is not None
    assert query.text == f"Where does Grace live?\n{request_}"
    assert query.request == request_


def test_of_what_was_said_only_the_speaker_and_the_agent_count_and_the_last_of_it() -> None:
    history = [
        message("long ago " * 100),
        message("first"),
        message("of somebody else", BO),
        message("of another agent", OTHER, AuthorKind.AGENT),
        message("second"),
        message("broken off", AGENT, AuthorKind.AGENT, status=MessageStatus.FAILED),
        message("answer " * 100, AGENT, AuthorKind.AGENT),
    ]
    query = ask("and then?", *history)
    assert query is not None
    first, second, answer, request = query.text.split("\n")
    assert (first, second, request) == ("first", "second", "and then?")
    assert answer.startswith("answer answer")
    assert len(answer) <= 240


def test_nothing_said_before_leaves_a_reference_without_an_answer() -> None:
    assert ask("and then?") is None
    assert ask("why?") is None


def test_mentions_are_left_out() -> None:
    text = "@keeper, where does Ada live? @qa"
    mentions = [
        Mention(agent_id=AGENT, handle="keeper", start=0, end=7),
        Mention(agent_id=OTHER, handle="qa", start=30, end=33),
    ]
    query = query_of(message(text, mentions=mentions), [], AGENT)
    assert query is not None
    assert query.text == "where does Ada live?"
    only = message("@keeper hello", mentions=mentions[:1])
    assert query_of(only, [], AGENT) is None


@pytest.mark.parametrize(
    ("request_", "is_about"),
    [
        ("What do you remember of the launch?", True),
        ("What do you know about me and my team?", True),
        ("Did I tell you where Ada lives?", True),
        ("Where does Ada live?", False),
        ("Remember to buy milk", False),
        ("I don't remember the code word", True),
        ("Explain memory-mapped files", False),
    ],
)
def test_who_asks_for_memories_gets_the_nearest(request_: str, is_about: bool) -> None:
    query = ask(request_)
    assert query is not None
    assert query.is_about_memory is is_about


def test_a_task_of_a_workflow_looks_for_what_it_is_about_and_its_summary_for_the_request() -> None:
    brief = Brief("Launch", "Prepare the launch", "a", "Budget", "Collect\nall costs.")
    query = query_of_task(brief, NOW)
    assert (query.text, query.at) == ("Budget. Collect all costs.", NOW)
    assert query_of_task(replace(brief, is_summary=True), NOW).text == "Prepare the launch"


messages = st.builds(
    message,
    st.text(max_size=600),
    st.sampled_from([ADA, BO]),
    created_at=st.integers(1, 50).map(lambda n: NOW - timedelta(minutes=n)),
)


@given(
    st.one_of(st.text(max_size=6000), st.sampled_from(["it?", "and"])),
    st.lists(messages, max_size=6),
)
def test_whatever_is_said_the_query_is_short_and_never_blank(
    request: str, history: Sequence[MessageOut]
) -> None:
    query = query_of(message(request), history, AGENT)
    if query is not None:
        assert query.text.strip()
        assert len(query.text) <= 1201 + 3 * 241
        assert query.text.endswith(query.request)
