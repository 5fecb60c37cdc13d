"""Files over HTTP: what is taken, and how it comes back."""

import hashlib
import re
import uuid
from urllib.parse import unquote

import pytest

from tests.support.app import App, Json, checked, problem
from tests.support.images import bomb, picture, png

pytestmark = pytest.mark.asyncio(loop_scope="module")

HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PIECES = bytes(range(256)) * 2500  # three pieces in the database, the last of them not full


@pytest.fixture
def app(shared_app: App) -> App:
    return shared_app


async def room(app: App) -> Json:
    return await app.channel(uuid.uuid4().hex)


async def upload(app: App, content: bytes, name: str = "notes.txt", **headers: str) -> Json:
    channel = await room(app)
    response = await app.http.post(
        "/api/files",
        params={"channel_id": channel["id"], "name": name},
        content=content,
        headers=headers,
    )
    return checked(response, 201)


async def refused(app: App, content: bytes, status: int, **headers: str) -> Json:
    channel = await room(app)
    response = await app.http.post(
        "/api/files",
        params={"channel_id": channel["id"], "name": "x"},
        content=content,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    return problem(response, status)


async def test_a_file_comes_back_as_it_was_sent(app: App) -> None:
    file = await upload(app, PIECES, "data.bin")
    assert file["size"] == len(PIECES)
    assert file["media_type"] == "application/octet-stream"
    assert await app.get(f"/api/files/{file['id']}") == file
    response = await app.http.get(f"/api/files/{file['id']}/content")
    assert response.content == PIECES
    assert response.headers["content-length"] == str(len(PIECES))
    assert response.headers["etag"] == f'"{hashlib.sha256(PIECES).hexdigest()}"'


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (HTML, "page.html"),
        (HTML, "photo.png"),
        (SVG, "drawing.svg"),
        (SVG, "drawing.png"),
        (b"GIF89a/*\x01\x00" + HTML, "photo.gif"),
        (b"\x89PNG\r\n\x1a\n" + HTML, "photo.png"),
        (png(8, 8)[:-20] + HTML, "photo.png"),
        (b"%PDF-1.7 " + HTML, "paper.pdf"),
        (b"alert(1)", "script.js"),
    ],
)
async def test_nothing_that_could_run_is_shown(app: App, content: bytes, name: str) -> None:
    """Whatever the name, and the type that the client declares."""
    file = await upload(app, content, name, **{"Content-Type": "image/png"})
    assert file["width"] is None
    response = await app.http.get(f"/api/files/{file['id']}/content")
    assert response.content == content
    assert response.headers["content-disposition"].startswith("attachment; ")
    kind = response.headers["content-type"]
    assert kind in {"text/plain", "application/octet-stream", "application/pdf"}
    guarded(response.headers)


def guarded(headers: object) -> None:
    wanted = {
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cross-origin-resource-policy": "same-origin",
    }
    assert wanted.items() <= dict(headers).items()  # type: ignore[call-overload]  # httpx.Headers


async def test_a_true_image_is_shown_even_with_something_behind_it(app: App) -> None:
    content = picture("JPEG", 30, 20) + b"PK\x03\x04" + HTML
    file = await upload(app, content, "holiday.txt")
    assert (file["media_type"], file["width"], file["height"]) == ("image/jpeg", 30, 20)
    response = await app.http.get(f"/api/files/{file['id']}/content")
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["content-disposition"] == 'inline; filename="holiday.txt"'
    guarded(response.headers)


async def test_an_archive_is_kept_and_never_unpacked(app: App) -> None:
    file = await upload(app, b"PK\x05\x06" + bytes(18), "empty.zip")
    assert file["media_type"] == "application/zip"


async def test_a_bomb_of_pixels_is_refused(app: App) -> None:
    for side in (8_000, 60_000):
        found = await refused(app, bomb(side, side), 400)
        assert found["code"] == "image_too_large"
        assert "50 million pixels" in found["detail"]


async def test_an_image_has_a_small_copy(app: App) -> None:
    file = await upload(app, png(1600, 800), "wide.png")
    small = await app.http.get(f"/api/files/{file['id']}/content", params={"thumbnail": True})
    assert small.headers["content-type"] == "image/webp"
    assert small.headers["content-disposition"] == 'inline; filename="wide.png.webp"'
    guarded(small.headers)
    whole = await app.http.get(f"/api/files/{file['id']}/content")
    assert whole.headers["content-type"] == "image/png"
    assert whole.headers["etag"] != small.headers["etag"]
    icon = await upload(app, png(16, 16), "icon.png")
    same = await app.http.get(f"/api/files/{icon['id']}/content", params={"thumbnail": True})
    assert same.content == png(16, 16)
    text = await upload(app, b"hello")
    none = await app.http.get(f"/api/files/{text['id']}/content", params={"thumbnail": True})
    assert problem(none, 404)["code"] == "no_thumbnail"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("report.pdf", "report.pdf"),
        ("a b(1)';.txt", "a b(1)';.txt"),
        ("Übersicht.txt", "_bersicht.txt"),
        ("日本語.txt", "___.txt"),
        ("100%.txt", "100_.txt"),
        ("a%20b.txt", "a_20b.txt"),
        ("👩‍💻 & co.txt", None),
        ('q"\\uote.txt', None),
        ("../../etc/passwd", "passwd"),
        ("x\r\nSet-Cookie: a=b", "x Set-Cookie_ a=b"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("名" * 200 + ".txt", None),
    ],
)
async def test_a_name_makes_the_journey(app: App, name: str, plain: str | None) -> None:
    file = await upload(app, b"hello", name)
    response = await app.http.get(f"/api/files/{file['id']}/content")
    header = response.headers["content-disposition"]
    found = re.fullmatch(
        r"attachment; filename=\"([ -~]+?)\"(?:; filename\*=UTF-8''([A-Za-z0-9._~%-]+))?", header
    )
    assert found, header
    shown, encoded = found.groups()
    assert (unquote(encoded) if encoded else shown) == file["name"]
    assert "\\" not in shown
    assert '"' not in shown
    assert plain in {None, shown}


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-9", 0, 9),
        ("bytes=262143-262144", 262_143, 262_144),
        ("bytes=262144-", 262_144, 639_999),
        ("bytes=-5", 639_995, 639_999),
        ("bytes=-9999999", 0, 639_999),
        ("bytes=639999-9999999", 639_999, 639_999),
        ("Bytes = 5 - 7", 5, 7),
    ],
)
async def test_a_part_is_sent(app: App, asked: str, first: int, last: int) -> None:
    file = await upload(app, PIECES)
    response = await app.http.get(f"/api/files/{file['id']}/content", headers={"Range": asked})
    assert response.status_code == 206
    assert response.content == PIECES[first : last + 1]
    assert response.headers["content-range"] == f"bytes {first}-{last}/640000"
    assert response.headers["content-length"] == str(last + 1 - first)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-6",
        "bytes=-",
        "bytes=9-5",
        "bytes=a-b",
        "lines=0-1",
        "bytes",
        "0-5",
        "bytes=--1",
    ],
)
async def test_what_is_no_single_part_gets_the_whole(app: App, asked: str) -> None:
    file = await upload(app, b"0123456789")
    response = await app.http.get(f"/api/files/{file['id']}/content", headers={"Range": asked})
    assert (response.status_code, response.content) == (200, b"0123456789")


@pytest.mark.parametrize(
    "asked", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=999999999999999999-"]
)
async def test_a_part_that_is_not_there_is_refused(app: App, asked: str) -> None:
    file = await upload(app, b"0123456789")
    response = await app.http.get(f"/api/files/{file['id']}/content", headers={"Range": asked})
    assert problem(response, 416)["code"] == "range_not_satisfiable"
    assert response.headers["content-range"] == "bytes */10"


async def test_what_the_client_has_is_not_sent_again(app: App) -> None:
    file = await upload(app, b"0123456789")
    address = f"/api/files/{file['id']}/content"
    etag = (await app.http.get(address)).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = await app.http.get(address, headers={"If-None-Match": known})
        assert (response.status_code, response.content) == (304, b"")
        assert "immutable" in response.headers["cache-control"]
    headers = {"Range": "bytes=0-1", "If-Range": etag}
    assert (await app.http.get(address, headers=headers)).status_code == 206
    headers = {"Range": "bytes=0-1", "If-Range": '"other"'}
    assert (await app.http.get(address, headers=headers)).content == b"0123456789"


async def test_an_empty_file_is_refused(app: App) -> None:
    assert (await refused(app, b"", 400))["code"] == "empty_file"


async def test_a_form_is_refused_with_what_to_send(app: App) -> None:
    found = await refused(app, b"--x\r\n", 415, content_type="multipart/form-data; boundary=x")
    assert "--data-binary" in found["detail"]


async def test_a_json_file_is_a_file(app: App) -> None:
    file = await upload(app, b'{"a": NaN}', "a.json", **{"Content-Type": "application/json"})
    assert file["media_type"] == "text/plain"


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"name": "x"}, "channel_id"),
        ({"channel_id": "nonsense", "name": "x"}, "channel_id"),
        ({"channel_id": str(uuid.uuid4())}, "name"),
        ({"channel_id": str(uuid.uuid4()), "name": ""}, "name"),
        ({"channel_id": str(uuid.uuid4()), "name": "x" * 1001}, "name"),
    ],
)
async def test_what_is_wrong_is_named(app: App, params: dict[str, str], field: str) -> None:
    response = await app.http.post("/api/files", params=params, content=b"x")
    assert field in [error["field"] for error in problem(response, 400)["errors"]]


async def test_there_must_be_a_channel_to_post_to(app: App) -> None:
    params = {"channel_id": str(uuid.uuid4()), "name": "x"}
    response = await app.http.post("/api/files", params=params, content=b"x")
    assert problem(response, 404)["code"] == "channel_not_found"
    channel = await room(app)
    assert (await app.http.delete(f"/api/channels/{channel['id']}")).is_success
    params["channel_id"] = channel["id"]
    response = await app.http.post("/api/files", params=params, content=b"x")
    assert problem(response, 409)["code"] == "channel_archived"


async def test_a_file_that_no_message_has_can_be_deleted(app: App) -> None:
    file = await upload(app, b"hello")
    address = f"/api/files/{file['id']}"
    assert (await app.http.delete(address)).status_code == 204
    for path in (address, f"{address}/content"):
        assert problem(await app.http.get(path), 404)["code"] == "file_not_found"
    problem(await app.http.delete(address), 404)


async def test_the_limits_are_told(app: App) -> None:
    assert await app.get("/api/files/limits") == {"max_file_size": 25_000_000, "max_files": 10}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": "", "file_ids": []}, "content"),
        ({"content": " \n", "file_ids": []}, "content"),
        ({"content": "x", "file_ids": ["nonsense"]}, "file_ids.0"),
        ({"content": "", "file_ids": ["nonsense"]}, "file_ids.0"),
        ({"content": "x", "file_ids": "nonsense"}, "file_ids"),
        ({"content": "x", "file_ids": [str(uuid.UUID(int=1))] * 2}, "file_ids"),
        ({"content": "x", "file_ids": [str(uuid.UUID(int=n)) for n in range(11)]}, "file_ids"),
        ({"content": "x", "file_ids": [str(uuid.UUID(int=1))]}, "file_ids.0"),
        ({"content": "x" * 32_769, "file_ids": [str(uuid.UUID(int=1))]}, "content"),
    ],
)
async def test_what_a_message_can_not_take_is_named(
    app: App, body: dict[str, object], field: str
) -> None:
    channel = await room(app)
    response = await app.http.post(f"/api/channels/{channel['id']}/messages", json=body)
    assert [error["field"] for error in problem(response, 400)["errors"]] == [field]
    assert await app.get(f"/api/channels/{channel['id']}/messages") == []


async def test_a_message_carries_its_files(app: App) -> None:
    channel = await room(app)
    files: list[Json] = []
    for name, content in (("a.txt", b"hello"), ("b.png", png(8, 4))):
        params = {"channel_id": channel["id"], "name": name}
        response = await app.http.post("/api/files", params=params, content=content)
        files.append(checked(response, 201))
    said = await app.say(channel, "", file_ids=[file["id"] for file in files])
    assert said["files"] == files
    for rows in (
        [await app.get(f"/api/messages/{said['id']}")],
        await app.get(f"/api/channels/{channel['id']}/messages"),
    ):
        assert [(row["content"], row["files"]) for row in rows] == [("", files)]
    again = await app.http.post(
        f"/api/channels/{channel['id']}/messages",
        json={"content": "x", "file_ids": [files[0]["id"]]},
    )
    assert problem(again, 409)["code"] == "file_attached"
