"""What every request passes: names, origins, limits, ids, and answers that are always problems."""

import uuid
from collections.abc import AsyncIterator

import pytest

from reznet.routers.edge.body_limit import MAX_BODY_BYTES
from tests.support.app import App, Json, problem
from tests.support.steps import step

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def app(shared_app: App) -> App:
    return shared_app


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST", "localhost."],
)
async def test_the_server_answers_to_its_own_names(app: App, host: str) -> None:
    response = await app.http.get("/api/health", headers={"Host": host})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "a@localhost",
        "localhost:x",
        "[::1",
        "",
    ],
)
async def test_a_foreign_name_that_points_here_gets_nothing(app: App, host: str) -> None:
    response = await app.http.get("/api/channels", headers={"Host": host})
    assert problem(response, 421)["code"] == "host_not_allowed"


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:8000", "https://localhost:8000", "http://LOCALHOST:8000"],
)
async def test_pages_of_the_server_itself_may_act(app: App, origin: str) -> None:
    response = await app.http.post(
        "/api/channels", json={"name": uuid.uuid4().hex}, headers={"Origin": origin}
    )
    assert response.status_code == 201


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost",
        "http://localhost:3000",
        "http://localhost:8000.evil.example",
        "file://",
        "http://localhost:99999",
    ],
)
async def test_pages_of_other_sites_may_not_act(app: App, origin: str) -> None:
    headers = {"Origin": origin}
    name = uuid.uuid4().hex
    refused = await app.http.post("/api/channels", json={"name": name}, headers=headers)
    assert problem(refused, 403)["code"] == "origin_not_allowed"
    socket = await app.http.get("/socket.io/?EIO=4&transport=polling", headers=headers)
    assert problem(socket, 403)["code"] == "origin_not_allowed"
    assert name not in [row["name"] for row in await app.get("/api/channels")]


async def test_a_request_keeps_its_plain_id_and_gets_one_otherwise(app: App) -> None:
    kept = await app.http.get("/api/health", headers={"X-Request-ID": "abc-1"})
    assert kept.headers["x-request-id"] == "abc-1"
    for odd in ("a b", "x" * 500, "é"):
        made = await app.http.get("/api/health", headers={"X-Request-ID": odd.encode()})
        assert made.headers["x-request-id"] not in {odd, ""}


async def test_answers_carry_the_headers_that_keep_pages_apart(app: App) -> None:
    for path in ("/api/health", "/docs", "/", "/api/nothing"):
        headers = (await app.http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
        ("PATCH", "/api/agents", 405, "method_not_allowed"),
        ("POST", "/api/health", 405, "method_not_allowed"),
        ("GET", "/api/agents/none", 400, "invalid_request"),
        ("GET", "/api/agents/2147483648", 400, "invalid_request"),
        ("GET", "/api/agents/00000000-0000-0000-0000-000000000000", 404, "agent_not_found"),
        ("GET", "/api/messages/%00", 400, "invalid_request"),
        ("GET", "/api/agents?limit=0", 400, "invalid_request"),
        ("GET", "/api/agents?limit=-1", 400, "invalid_request"),
        ("GET", "/api/agents?limit=x", 400, "invalid_request"),
        ("GET", "/api/agents?q=%00", 400, "invalid_request"),
        ("GET", "/api/agents?q=" + "x" * 5000, 400, "invalid_request"),
        ("GET", "/api/agents?cursor=%ff%00", 400, "invalid_cursor"),
        ("GET", "/api/agents?cursor=WyIyMDIwLTAxLTAxIiwgIngiXQ", 400, "invalid_cursor"),
        ("GET", "/api/audit?action=%00", 400, "invalid_request"),
        ("GET", "/api/tasks?status=nonsense", 400, "invalid_request"),
        ("GET", "/api/tasks?channel_id=1", 400, "invalid_request"),
    ],
)  # fmt: skip
async def test_refusals_are_problems(
    app: App, method: str, path: str, status: int, code: str
) -> None:
    response = await app.http.request(method, path)
    assert problem(response, status)["code"] == code
    assert (status == 405) == ("allow" in response.headers)


@pytest.mark.parametrize(
    ("path", "body", "code", "message"),
    [
        ("agents", {"role": "Tests"}, "agent_name_taken",
         "an agent called 'Named Twice', or with the same handle @named-twice, exists already"),
        ("channels", {}, "channel_name_taken",
         "a channel called 'Named Twice', or one that looks the same, exists already"),
        ("memory-collections", {}, "memory_collection_name_taken",
         "a memory collection called 'Named Twice' exists already"),
        ("saved-workflows", {"title": "Test", "tasks": [step("a")]}, "saved_workflow_name_taken",
         "a saved workflow called 'Named Twice' exists already"),
    ],
)  # fmt: skip
async def test_a_name_that_is_taken_is_told_with_its_field(
    app: App, path: str, body: Json, code: str, message: str
) -> None:
    body = {"name": "Named Twice", **body}
    await app.post(f"/api/{path}", body)
    refused = problem(await app.http.post(f"/api/{path}", json=body), 409)
    assert (refused["code"], refused["detail"]) == (code, f"name: {message}")
    assert refused["errors"] == [{"field": "name", "message": message}]


@pytest.mark.parametrize("limit", [1, 200, 201, 10**9, 10**30])
async def test_large_limits_are_cut(app: App, limit: int) -> None:
    rows = await app.get("/api/agents", limit=limit)
    assert 1 <= len(rows) <= min(limit, 200)


async def test_unknown_parameters_are_ignored(app: App) -> None:
    await app.get("/api/agents", nothing="1")


async def test_bodies_over_the_limit_are_refused_however_they_are_sent(app: App) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * (MAX_BODY_BYTES // 32)

    headers = {"Content-Type": "application/json"}
    for content in (b" " * (MAX_BODY_BYTES + 1), chunks()):
        response = await app.http.post("/api/channels", content=content, headers=headers)
        assert str(MAX_BODY_BYTES) in problem(response, 413)["detail"]
    assert (await app.http.get("/api/health")).status_code == 200


async def test_a_fault_shows_neither_its_trace_nor_its_text(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> list[str]:
        raise RuntimeError("select secret from table")

    monkeypatch.setattr(app.runtime.checks, "degraded", fail)
    response = await app.http.get("/api/health")
    assert problem(response, 500)["code"] == "internal_error"
    assert "secret" not in response.text
    assert "Traceback" not in response.text


async def test_requests_are_counted_by_template(app: App) -> None:
    await app.http.get("/api/channels/00000000-0000-0000-0000-000000000000")
    await app.http.get("/api/invented/by/a/scanner")
    text = (await app.http.get("/metrics")).text
    assert 'route="/api/channels/{channel_id}",status="404"' in text
    assert 'method="any",route="other",status="404"' in text
    assert "scanner" not in text


async def test_pages_need_nothing_from_elsewhere(app: App) -> None:
    page = await app.http.get("/docs")
    assert page.status_code == 200
    assert "//" not in page.text.replace("<!doctype", "")
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "/api/channels/{channel_id}/messages" in page.text
    assert (await app.http.get("/docs.css")).headers["content-type"].startswith("text/css")


async def test_websockets_of_other_sites_are_refused(app: App) -> None:
    scope = {
        "type": "websocket",
        "path": "/socket.io/",
        "headers": [(b"host", b"localhost:8000"), (b"origin", b"https://evil.example")],
        "extensions": {"websocket.http.response": {}},
    }
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await app.asgi(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["type"] == "websocket.http.response.start"
    assert sent[0]["status"] == 403
