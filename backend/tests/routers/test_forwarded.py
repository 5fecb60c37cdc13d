"""Behind a proxy that ends TLS: what its word changes, whose word counts, and what stays refused."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network

import httpx
import pytest
import pytest_asyncio

from tests.support.app import App, problem, running, settings_for
from tests.support.databases import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESS = "http://chat.example"
PROXIES = ("10.1.0.0/16", "192.0.2.9", "fd00::/8")
FORWARDED = "X-Forwarded-Proto"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    with server.clone() as url:
        settings = settings_for(
            url,
            tmp_path_factory.mktemp("behind"),
            REZNET_ALLOWED_HOSTS="chat.example",
            REZNET_ALLOWED_ORIGINS="http://other.example",
            REZNET_TRUSTED_PROXIES=", ".join(PROXIES),
        )
        assert settings.trusted_proxies == tuple(map(ip_network, PROXIES))
        async with running(settings, base_url=ADDRESS) as started:
            yield started


@asynccontextmanager
async def reached_from(app: App, peer: str) -> AsyncIterator[App]:
    """Reach the workspace from another address than this machine's."""
    transport = httpx.ASGITransport(app.asgi, client=(peer, 40000))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as http:
        yield replace(app, http=http)


async def scheme_told(app: App, *values: str) -> str:
    """Return the scheme of the address of the next page, for a request with these headers."""
    headers = [(FORWARDED, value) for value in values]
    response = await app.http.get("/api/agents", params={"limit": 1}, headers=headers)
    next_page = httpx.URL(response.links["next"]["url"])
    assert (next_page.host, next_page.port) == ("chat.example", None)
    return next_page.scheme


async def open_socket(app: App, origin: str, **headers: str) -> int:
    """Return the status that a page gets for opening a socket."""
    response = await app.http.get(
        "/socket.io/?EIO=4&transport=polling", headers={"Origin": origin, **headers}
    )
    return response.status_code


async def post_from(app: App, origin: str, **headers: str) -> httpx.Response:
    return await app.http.post(
        "/api/channels", json={"name": uuid.uuid4().hex}, headers={"Origin": origin, **headers}
    )


@pytest.mark.parametrize(
    ("values", "scheme"),
    [
        (("https",), "https"),
        ((" HTTPS ",), "https"),
        (("https, http",), "https"),
        (("http, https",), "http"),
        (("https", "http"), "https"),
        ((), "http"),
        (("",), "http"),
        (("ftp",), "http"),
        (("javascript:alert(1)//, https",), "http"),
        ((",https",), "http"),
        (("https://evil.example",), "http"),
    ],
)
async def test_the_first_scheme_that_was_told_is_taken_if_it_is_one(
    app: App, values: tuple[str, ...], scheme: str
) -> None:
    assert await scheme_told(app, *values) == scheme


async def test_addresses_that_the_server_sends_elsewhere_have_it_too(app: App) -> None:
    moved = await app.http.get("/api/channels/", headers={FORWARDED: "https"})
    assert (moved.status_code, moved.headers["location"]) == (
        307,
        "https://chat.example/api/channels",
    )


@pytest.mark.parametrize(
    ("peer", "is_trusted"),
    [
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.1.255.7", True),
        ("::ffff:10.1.0.1", True),
        ("192.0.2.9", True),
        ("fd12::1", True),
        ("10.2.0.1", False),
        ("192.0.2.10", False),
        ("2001:db8::1", False),
        ("::ffff:10.2.0.1", False),
        ("", False),
        ("chat.example", False),
    ],
)
async def test_only_proxies_of_the_settings_and_of_this_machine_are_believed(
    app: App, peer: str, is_trusted: bool
) -> None:
    async with reached_from(app, peer) as there:
        assert await scheme_told(there, "https") == ("https" if is_trusted else "http")
        assert await scheme_told(there) == "http"  # nor does what one request said stick


@pytest.mark.parametrize("peer", ["10.1.0.1", "203.0.113.5"])
async def test_no_other_word_of_a_proxy_is_believed(app: App, peer: str) -> None:
    told = {
        FORWARDED: "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "81",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": 'for=127.0.0.1;host="evil.example";proto=https',
    }
    async with reached_from(app, peer) as there:
        listed = await there.http.get("/api/agents", params={"limit": 1}, headers=told)
        assert listed.links["next"]["url"].startswith(f"{ADDRESS}/api/agents?")
        refused = await there.http.get("/api/agents", headers={**told, "Host": "evil.example"})
        assert problem(refused, 421)["code"] == "host_not_allowed"


@pytest.mark.parametrize("told", ["https", "http", "nonsense", None])
async def test_a_page_of_another_site_may_not_act_whatever_is_told(
    app: App, told: str | None
) -> None:
    headers = {FORWARDED: told} if told else {}
    for origin in ("https://evil.example", "http://chat.example.evil.example", "null"):
        for peer in ("127.0.0.1", "10.1.0.1", "203.0.113.5"):
            async with reached_from(app, peer) as there:
                refused = await post_from(there, origin, **headers)
                assert problem(refused, 403)["code"] == "origin_not_allowed"
                assert await open_socket(there, origin, **headers) == 403


async def test_a_page_may_not_even_try_to_tell_a_scheme(app: App) -> None:
    for origin in ("http://other.example", "https://evil.example"):
        asked = await app.http.options(
            "/api/channels",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": FORWARDED.lower(),
            },
        )
        assert asked.status_code == 400
        assert FORWARDED.lower() not in asked.headers.get("access-control-allow-headers", "")


@pytest.mark.parametrize("told", ["https", "http", None])
async def test_pages_of_the_server_act_behind_proxies_that_tell_and_that_do_not(
    app: App, told: str | None
) -> None:
    headers = {FORWARDED: told} if told else {}
    assert (await post_from(app, "https://chat.example", **headers)).status_code == 201
    assert await open_socket(app, "https://chat.example", **headers) == 200


async def test_a_page_that_came_without_tls_may_not_act_where_tls_is_spoken(app: App) -> None:
    headers = {FORWARDED: "https"}
    for origin in ("http://chat.example", "http://chat.example:443", "https://chat.example:80"):
        refused = await post_from(app, origin, **headers)
        assert problem(refused, 403)["code"] == "origin_not_allowed"
        assert await open_socket(app, origin, **headers) == 403
    assert (await post_from(app, "http://chat.example")).status_code == 201
    # Whom nobody believes can't lock others out either.
    async with reached_from(app, "203.0.113.5") as there:
        assert (await post_from(there, "http://chat.example", **headers)).status_code == 201
    # What the settings allow stays allowed.
    assert (await post_from(app, "http://other.example", **headers)).status_code == 201


async def test_sockets_without_polling_are_told_the_scheme_as_well(app: App) -> None:
    told = {scheme: await socket_opened(app, scheme) for scheme in ("https", "http")}
    assert told["https"] == {"type": "websocket.http.response.start", "status": 403}
    assert told["http"]["type"] == "websocket.accept"


async def socket_opened(app: App, told: str) -> dict[str, object]:
    """Return what a page that came without TLS is answered first; it is gone at once."""
    sent: list[dict[str, object]] = []
    happens = iter(["websocket.connect", "websocket.disconnect", "websocket.disconnect"])

    async def receive() -> dict[str, object]:
        return {"type": next(happens), "code": 1001}

    async def send(message: dict[str, object]) -> None:
        sent.append({name: message[name] for name in ("type", "status") if name in message})

    named = {
        "host": "chat.example",
        "origin": "http://chat.example",
        "connection": "upgrade",
        "upgrade": "websocket",
        FORWARDED.lower(): told,
    }
    scope = {
        "type": "websocket",
        "path": "/socket.io/",
        "query_string": b"EIO=4&transport=websocket",
        "client": ("10.1.0.1", 40000),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "extensions": {"websocket.http.response": {}},
    }
    await app.asgi(scope, receive, send)  # type: ignore[arg-type]
    return sent[0]
