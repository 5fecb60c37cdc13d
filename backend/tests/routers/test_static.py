"""The built web UI as browsers and tools get it."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from reznet.routers import pages, problems
from reznet.routers.edge.identity import Identity

SCRIPT = b"export const answer = 42; // " + b"x" * 2000
PAGE = b'<!doctype html><script type="module" src="/assets/index-a1.js"></script>'
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a built UI, beside a file that is nobody's business."""
    (tmp_path / "secret.txt").write_text("secret")
    built = tmp_path / "static"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_bytes(PAGE)
    (built / ".sources").write_text("stamp")
    (built / "assets/index-a1.js").write_bytes(SCRIPT)
    (built / "assets/index-a1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (built / "assets/index-a1.js.br").write_bytes(b"brotli")
    (built / "assets/font-b2.woff2").write_bytes(b"font")
    return built


@pytest.fixture
async def http(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(folder) as client:
        yield client


def client_of(folder: Path) -> httpx.AsyncClient:
    app = FastAPI(docs_url=None, redoc_url=None)
    problems.install(app)
    router = APIRouter(prefix="/api")

    @router.get("/agents")
    async def agents() -> list[str]:
        return []

    app.include_router(router)
    pages.install(app, folder)
    transport = httpx.ASGITransport(Identity(app))
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


async def test_assets_are_kept_for_ever_and_the_page_is_not(http: httpx.AsyncClient) -> None:
    script = await http.get("/assets/index-a1.js")
    assert script.content == SCRIPT
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await http.get("/assets/font-b2.woff2")).headers["content-type"] == "font/woff2"
    page = await http.get("/", headers=BROWSER)
    assert page.content == PAGE
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/index.html", "/assets/index-a1.js"])
async def test_what_is_known_is_not_sent_again(http: httpx.AsyncClient, path: str) -> None:
    etag = (await http.get(path)).headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        again = await http.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    assert (await http.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("GZIP;Q=0.1", "gzip"),
        ("br;q=x", None),
        ("br;q=0, gzip;q=0", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_the_best_encoding_that_is_accepted_is_sent(
    http: httpx.AsyncClient, accepted: str, sent: str | None
) -> None:
    path = "/assets/index-a1.js"
    async with http.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == sent
    assert answer.headers["vary"] == "Accept-Encoding"
    assert raw == {"br": b"brotli", None: SCRIPT}.get(sent, raw)
    assert int(answer.headers["content-length"]) == len(raw)
    plain = await http.get(path)
    assert (answer.headers["etag"] == plain.headers["etag"]) == (sent is None)


@pytest.mark.parametrize("path", ["/", "/agents/new", "/channels/0199/threads/1", "/apiary"])
async def test_a_browser_gets_the_page_at_every_address_of_it(
    http: httpx.AsyncClient, path: str
) -> None:
    page = await http.get(path, headers=BROWSER)
    assert (page.status_code, page.content) == (200, PAGE)
    assert page.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/api/nothing",
        "/api",
        "/docs/nothing",
        "/metrics",
        "/socket.io/",
        "/assets/gone-c3.js",
    ],
)
async def test_what_is_no_address_of_the_page_is_missing(
    http: httpx.AsyncClient, path: str
) -> None:
    answer = await http.get(path, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_tools_are_told_that_nothing_is_there(http: httpx.AsyncClient) -> None:
    assert (await http.get("/nothing")).json()["code"] == "not_found"
    refused = {"Accept": "application/json, text/html;q=0"}
    assert (await http.get("/nothing", headers=refused)).status_code == 404


async def test_head_tells_the_length_alone(http: httpx.AsyncClient) -> None:
    answer = await http.head("/assets/index-a1.js")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(SCRIPT))


async def test_the_ui_takes_no_other_method_and_no_route_from_the_api(
    http: httpx.AsyncClient,
) -> None:
    assert (await http.post("/agents/new", headers=BROWSER)).status_code == 404
    refused = await http.patch("/api/agents", headers=BROWSER)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets//../.sources",
        "/.sources",
        "/assets/index-a1.js.br",
        "/assets/",
        "/assets/%00",
    ],
)
async def test_nothing_but_the_files_can_be_had(http: httpx.AsyncClient, path: str) -> None:
    address = http.base_url.copy_with(raw_path=path.encode())  # a client would tidy it
    answer = await http.send(httpx.Request("GET", address))
    assert answer.status_code == 404


async def test_the_policy_lets_nothing_in_from_elsewhere(http: httpx.AsyncClient) -> None:
    headers = (await http.get("/", headers=BROWSER)).headers
    rules = dict(
        rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";")
    )
    assert rules == {
        "default-src": "'self'",
        "img-src": "'self' data: blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


async def test_without_a_built_ui_the_page_says_how_to_get_it(tmp_path: Path) -> None:
    async with client_of(tmp_path) as http:
        page = await http.get("/")
        assert page.status_code == 200
        assert "Node.js" in page.text
        assert "//" not in page.text.replace("<!doctype", "")
        assert (await http.get("/agents/new", headers=BROWSER)).status_code == 404
