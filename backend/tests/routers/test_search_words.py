"""Which words find which texts: languages, identifiers, signs, and hostile queries."""

import uuid

import pytest

from reznet.core.pagination import encode_cursor
from tests.support.app import App, Json, checked, problem
from tests.support.searches import find

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def own_room(app: App) -> Json:
    return await app.channel(f"room-{uuid.uuid4().hex}")


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("We deploy on Friday", "deploy"),
        ("We deploy on Friday", "DEPLOY friday"),
        ("We deploy on Friday", "dep"),
        ("The deployments were running", "deployment run "),
        ("two policies", "policy "),
        ("set user_id in the query", "user_id"),
        ("set user_id in the query", "user"),
        ("set user_id in the query", "user_i"),
        ("call foo.bar() now", "foo.bar"),
        ("call foo.bar() now", "bar "),
        ("call foo.bar() now", "foo.bar()"),
        ("see src/core/text.py:12", "text.py"),
        ("see src/core/text.py:12", "core/text"),
        ("I like C++ a lot", "C++"),
        ("I like C++ a lot", "C++ "),
        ("C# and F#", "F#"),
        ("<div class='x'>", "div"),
        ("<div class='x'>", "<div"),
        ("write to ann@example.org", "example.org"),
        ("write to ann@example.org", "ann"),
        ("100% sure", "100%"),
        ("100% sure", "%"),
        ("a_b", "_"),
        ("a -> b", "->"),
        ("Grüße aus Köln", "grüße"),
        ("Grüße aus Köln", "grusse"),
        ("Grüße aus Köln", "KÖLN"),
        ("Grüße aus Köln", "koln"),
        ("Gru\u0308ße, decomposed", "Grüße"),
        ("Die Straße", "strasse"),
        ("naïve café", "naive cafe"),
        ("全文検索は速い", "検索"),
        ("全文検索は速い", "文検"),
        ("全文検索は速い", "検"),
        ("全文検索は速い", "い"),
        ("全文検索は速い", "全文検索は速い"),
        ("请@qa看一下数据库索引", "数据库"),
        ("请qa看一下数据库索引", "看一下数据"),
        ("서버가 응답하지 않습니다", "서버"),
        ("서버가 응답하지 않습니다", "않습니다"),
        ("เขียนโปรแกรมภาษาไทย", "โปรแกรม"),
        ("Привет, Мир", "привет мир"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        (
            "\uff26\uff55\uff4c\uff4c \uff57\uff49\uff44\uff54\uff48 \uff11\uff12\uff13",
            "full width 123",
        ),
        ("don\u2019t panic", "don't"),
        ("dash \u2013 here", '"dash - here"'),
        ("done 🎉 at last", "🎉"),
        ("one\ntwo   three", '"two three"'),
        ("one, two; three", '"one two three"'),
        ("std::vector<int>", "std::vector"),
        ("see https://example.org/a?b=c&d=e", "https://example.org/a?b=c"),
        ("the who", "the"),
        ("O'Neill said so", "o'neill"),
        ("a\\b and c", "a\\b"),
        ("really?", "really?"),
        ("is it --verbose or -v", "--verbose"),
        ("error 0x1F at line 42", "0x1f 42"),
        ("v1.2.3-beta", "v1.2.3"),
    ],
)
async def test_words_of_all_kinds_are_found(shared_app: App, said: str, asked: str) -> None:
    room = await own_room(shared_app)
    await shared_app.say(room, "something else altogether")
    await shared_app.say(room, said)
    for sort in ("newest", "relevance"):
        assert await find(shared_app, f"in:{room['name']} {asked}", sort=sort) == [said]


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("We deploy on Friday", "deploy monday"),
        ("We deploy on Friday", "dep "),
        ("We deploy on Friday", "ploy"),
        ("user.id and user id", "user_id"),
        ("100 of them", "100%"),
        ("axb", "a_b"),
        ("I like C a lot", "C++"),
        ("two one", '"one two"'),
        ("one and two", '"one two"'),
        ("the runs", '"the run"'),
        ("全文の検索", "全文検索"),
        ("C# and F", "F#"),
    ],
)
async def test_what_only_resembles_the_words_is_not_found(
    shared_app: App, said: str, asked: str
) -> None:
    room = await own_room(shared_app)
    await shared_app.say(room, said)
    assert await find(shared_app, f"in:{room['name']} {asked}") == []


@pytest.mark.parametrize(
    "query",
    [
        "'", "\\", "':*", "a & | ! <-> b", "(((", "'; drop table messages; --", "%s %(x)s {0}", ":name $1",
        "\u202e\u200f", "\ud7ff\ue000\U0010ffff", "a" * 500, '"' * 500, "-" * 500, "☃" * 160, "ﷺ" * 160,
        " ".join("abcdefghijklmnopqrstuvwxyz" * 9), "on:0000-00-00", "before:9999", "after:9999-12-31", "on:0001-01-01",
        "from:" + "x" * 400, "in:%", "from:_", "é\u0301\u0301", "\t\n\r", "ß", "İ", "word:*", "a:b:c", "<->", "!a",
    ],
)  # fmt: skip
async def test_hostile_queries_are_only_queries(shared_app: App, query: str) -> None:
    app = shared_app
    await app.say(await own_room(app), f"a word, and {query}")
    for sort in ("newest", "relevance"):
        response = await app.http.get(
            "/api/search", params={"q": query, "sort": sort, "tz": "Asia/Tokyo"}
        )
        assert isinstance(checked(response, 200), list)


async def test_what_no_search_can_be_is_refused_by_name(shared_app: App) -> None:
    for field, params in {
        "q": {},
        "limit": {"q": "x", "limit": "0"},
        "sort": {"q": "x", "sort": "oldest"},
        "tz": {"q": "x", "tz": "../etc/passwd"},
        "cursor": {"q": "x", "cursor": "nonsense"},
    }.items():
        body = problem(await shared_app.http.get("/api/search", params=params), 400)
        assert body["errors"][0]["field"] == field
    outside = encode_cursor("0.5", "9999-12-31T23:59:59-14:00", uuid.uuid4())
    refused = await shared_app.http.get("/api/search", params={"q": "x", "cursor": outside})
    assert problem(refused, 400)["code"] == "invalid_cursor"
    problem(await shared_app.http.get("/api/search", params={"q": "x" * 501}), 400)
    problem(await shared_app.http.get("/api/search?q=%00"), 400)
