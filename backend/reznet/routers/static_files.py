"""Serves the built web UI, from memory: a couple of megabytes that no path can lead out of."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

# The page decides what to show at every address but these.
_NOT_PAGES = ("/api", "/assets", "/docs", "/metrics", "/openapi.json", "/socket.io")
_ASSETS = "/assets/"  # their names hold a digest of their content
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_EACH_TIME = "no-cache"
# In order of preference; the suffix of the file beside the plain one.
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
# Not from the machine's own tables, which differ and lack the newer ones.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


def install(app: FastAPI, folder: Path) -> bool:
    """Serve the UI in the folder at all addresses that are nothing else; False if there is none."""
    files = _load(folder)
    if "/index.html" not in files:
        return False
    app.router.default = WebUi(files, otherwise=app.router.default)
    return True


@dataclass(frozen=True)
class File:
    """One file of the UI, plain and compressed."""

    content: bytes
    media_type: str
    digest: str
    caching: str
    packed: Mapping[str, bytes]


@dataclass(frozen=True)
class _Label:
    """Stands for a route where requests are counted."""

    path: str


class WebUi:
    """Answers with files of the UI, and with its page where a browser goes to an address of it."""

    def __init__(self, files: Mapping[str, File], otherwise: ASGIApp) -> None:
        """Serve the files, by path; `otherwise` answers what is none of them."""
        self._files = files
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that no route takes."""
        response = self._answer(scope) if scope["type"] == "http" else None
        await (response or self._otherwise)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        path, headers = scope["path"], Headers(scope=scope)
        file, vary = self._files.get(path), "Accept-Encoding"
        if path == "/" or (file is None and _is_page(path, headers)):
            file, vary = self._files["/index.html"], "Accept, Accept-Encoding"
        if file is None:
            return None
        scope["route"] = _Label("/assets/{file}" if path.startswith(_ASSETS) else "/{page}")
        return _response(file, headers, vary, with_body=scope["method"] == "GET")


def _load(folder: Path) -> dict[str, File]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        f"/{path.relative_to(folder).as_posix()}": _file(path, folder)
        for path in paths
        if path.suffix not in _ENCODINGS.values() and not path.name.startswith(".")
    }


def _file(path: Path, folder: Path) -> File:
    content = path.read_bytes()
    beside = {name: Path(f"{path}{suffix}") for name, suffix in _ENCODINGS.items()}
    named_by_content = path.relative_to(folder).as_posix().startswith(_ASSETS.strip("/") + "/")
    return File(
        content=content,
        media_type=_TYPES.get(path.suffix, "application/octet-stream"),
        digest=hashlib.sha256(content).hexdigest()[:32],
        caching=_FOR_EVER if named_by_content else _ASK_EACH_TIME,
        packed={name: file.read_bytes() for name, file in beside.items() if file.is_file()},
    )


def _is_page(path: str, headers: Headers) -> bool:
    """Whether a browser is going there, rather than a script or a tool asking for data."""
    if any(path == place or path.startswith(f"{place}/") for place in _NOT_PAGES):
        return False
    return _weights(headers.getlist("accept")).get("text/html", 0) > 0


def _response(file: File, headers: Headers, vary: str, *, with_body: bool) -> Response:
    encoding = _encoding(file, headers)
    content = file.packed[encoding] if encoding else file.content
    etag = f'"{file.digest}-{encoding}"' if encoding else f'"{file.digest}"'
    sent = {"cache-control": file.caching, "etag": etag}
    if file.packed or vary != "Accept-Encoding":
        sent["vary"] = vary
    if _is_known(etag, headers.getlist("if-none-match")):
        return Response(status_code=304, headers=sent)
    sent |= {"content-type": file.media_type, "content-length": str(len(content))}
    if encoding:
        sent["content-encoding"] = encoding
    return Response(content if with_body else b"", headers=sent)


def _encoding(file: File, headers: Headers) -> str | None:
    """Return the best encoding that there is and that the client takes; None for the plain file."""
    taken = _weights(headers.getlist("accept-encoding"))
    others = taken.get("*", 0)
    offers = {name: taken.get(name, others) for name in _ENCODINGS if name in file.packed}
    best = max(offers, key=lambda name: offers[name], default=None)
    return best if best and offers[best] > 0 else None


def _weights(values: list[str]) -> dict[str, float]:
    """Return the choices of an Accept header and their weights, 0 to 1 (RFC 9110, 12.4.2)."""
    choices: dict[str, float] = {}
    for choice in ",".join(values).split(","):
        name, *parameters = (part.strip().lower() for part in choice.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            choices[name] = float(weight)
        except ValueError:
            choices[name] = 0
    return choices


def _is_known(etag: str, values: list[str]) -> bool:
    known = {value.strip().removeprefix("W/") for value in ",".join(values).split(",")}
    return etag in known or "*" in known
