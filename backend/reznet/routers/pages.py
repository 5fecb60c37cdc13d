"""Pages for people: the list of operations at /docs, and the user interface if it is installed.

Nothing comes from another site, so that the pages work without a network and under a strict policy.
"""

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from reznet.routers import static_files

_STYLE = """
:root { color-scheme: dark; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: #0b0b12; color: #e6e6f0;
       font: 16px/1.5 system-ui, sans-serif; }
a { color: #00f6ff; } h1, h2 { color: #c77dff; } code, pre { font: 14px/1.5 ui-monospace, monospace; }
details { border: 1px solid #33334d; border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; } summary b { display: inline-block; width: 4.5rem; color: #39ff14; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
pre { overflow-x: auto; background: #14141f; padding: .6rem; border-radius: 6px; }
"""
_BODY = "#/components/schemas/"


def install(app: FastAPI, interface: Path | None = None) -> None:
    """Add the pages to the application, and the user interface: the package's, or another folder's."""
    rendered: list[str] = []

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:  # pyright: ignore[reportUnusedFunction] - a route
        if not rendered:
            rendered.append(_docs(app.openapi()))
        return HTMLResponse(rendered[0])

    @app.get("/docs.css", include_in_schema=False)
    async def style() -> Response:  # pyright: ignore[reportUnusedFunction] - a route
        return Response(_STYLE, media_type="text/css")

    if static_files.install(app, interface or Path(str(files("reznet"))) / "static"):
        return

    @app.get("/", include_in_schema=False)
    async def index() -> HTMLResponse:  # pyright: ignore[reportUnusedFunction] - a route
        return HTMLResponse(_page("RezNet AI", _NO_INTERFACE))


_NO_INTERFACE = """<h1>RezNet AI</h1>
<p>The API is running; this installation has no user interface. It is built at the first start from a
checkout where Node.js 20.19 or newer is installed, and comes with the released packages.</p>
<p>Until then: <code>reznet ask "@backend hello"</code> in a terminal, <a href="/docs">the API's
operations</a>, and <a href="/openapi.json">its OpenAPI document</a>.</p>"""


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/docs.css"></head>'
        f"<body>{body}</body></html>"
    )


def _docs(document: Mapping[str, Any]) -> str:
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = operation.get("tags", ["other"])[0]
            groups.setdefault(tag, []).append(_operation(method, path, operation, document))
    title = f"{document['info']['title']} {document['info']['version']}"
    body = [f"<h1>{escape(title)}</h1><p>{escape(document['info'].get('description', ''))}</p>"]
    body.append('<p>The whole contract is in <a href="/openapi.json">/openapi.json</a>.</p>')
    body += [f"<h2>{escape(tag)}</h2>{''.join(items)}" for tag, items in groups.items()]
    return _page(title, "".join(body))


def _operation(
    method: str, path: str, operation: Mapping[str, Any], document: Mapping[str, Any]
) -> str:
    parts = [f"<p>{escape(operation.get('description', ''))}</p>"]
    rows = [
        _row(f"{item['name']} ({item['in']})", item.get("description", ""))
        for item in operation.get("parameters", [])
    ]
    schema = _schema(operation.get("requestBody", {}), document)
    rows += [
        _row(f"{name} (body)", field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]
    if rows:
        parts.append(f"<table>{''.join(rows)}</table>")
    answers = [
        f"{status} {answer.get('description', '')}"
        for status, answer in operation["responses"].items()
    ]
    parts.append(f"<pre>{escape(chr(10).join(answers))}</pre>")
    summary = escape(operation.get("summary", ""))
    head = f"<summary><b>{method.upper()}</b> <code>{escape(path)}</code> {summary}</summary>"
    return f"<details>{head}{''.join(parts)}</details>"


def _schema(body: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    for option in (schema, *schema.get("anyOf", ())):
        if name := option.get("$ref", "").removeprefix(_BODY):
            return document["components"]["schemas"].get(name, {})
    return {}


def _row(name: str, description: str) -> str:
    return f"<tr><th><code>{escape(name)}</code></th><td>{escape(description)}</td></tr>"
