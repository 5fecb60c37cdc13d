"""The command line as a client of a running workspace."""

import uuid
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn

import httpx
import typer

from reznet.cli.console import fail
from reznet.core.config import Settings, load_settings

type Json = Any  # a decoded body; its shape is the API's

NOT_RUNNING = 3
REFUSED = 1

Url = Annotated[
    str | None,
    typer.Option("--url", help="Address of the workspace; default: that of the settings."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def address(url: str | None) -> str:
    """Return the workspace's address without a trailing slash."""
    return url.rstrip("/") if url else settings_address(load_settings())


def settings_address(settings: Settings) -> str:
    """Return the address that the settings make a workspace listen on, as this machine calls it."""
    host = settings.host
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


class Workspace:
    """A small HTTP client whose refusals end the command with a plain message."""

    def __init__(self, url: str | None, *, timeout: float = 30) -> None:
        """Prepare a client; nothing connects yet. `timeout` is in seconds."""
        self.address = address(url)
        self._http = httpx.Client(base_url=self.address, timeout=timeout, trust_env=False)

    def call(self, method: str, path: str, body: Json = None) -> Json:
        """Return the decoded body, None when there is none; exit on a refusal."""
        return self.response(method, path, body=body)[0]

    def response(
        self, method: str, path: str, *, body: Json = None, params: dict[str, Any] | None = None
    ) -> tuple[Json, httpx.Response]:
        """Return the decoded body and the response; exit on a refusal."""
        try:
            response = self._http.request(method, f"/api{path}", json=body, params=params)
        except httpx.TransportError:
            not_running(self.address)
        if response.is_error:
            explain(response)
            raise typer.Exit(REFUSED)
        return (response.json() if response.content else None), response

    def send(self, path: str, content: bytes, params: dict[str, Any]) -> httpx.Response:
        """Post the bytes of a JSON file and return the response, also of a refusal."""
        headers = {"Content-Type": "application/json"}
        try:
            return self._http.post(f"/api{path}", content=content, params=params, headers=headers)
        except httpx.TransportError:
            not_running(self.address)

    def download(self, path: str, sink: BinaryIO) -> None:
        """Write the body of a GET to the file as it comes; exit on a refusal and when it breaks off."""
        try:
            with self._http.stream("GET", f"/api{path}") as response:
                if response.is_error:
                    response.read()
                    explain(response)
                    raise typer.Exit(REFUSED)
                sink.writelines(response.iter_bytes())
        except httpx.TransportError:
            not_running(self.address)

    def upload(self, channel_id: str, path: Path) -> Json:
        """Upload a file that will be attached in the channel, and return what is known of it.

        Exits on a refusal, and when the file can't be read.
        """
        params = {"channel_id": channel_id, "name": path.name}
        headers = {"Content-Type": "application/octet-stream"}
        try:
            with path.open("rb") as content:
                response = self._http.post(
                    "/api/files", params=params, content=content, headers=headers
                )
        except OSError as error:
            fail(f"{path} can't be read: {error.strerror}.")
            raise typer.Exit(REFUSED) from None
        except httpx.TransportError:
            not_running(self.address)
        if response.is_error:
            fail(f"{path.name} was not attached:")
            explain(response)
            raise typer.Exit(REFUSED)
        return response.json()

    def pages(self, path: str, params: dict[str, Any]) -> list[Json]:
        """Return the rows of every page of a list."""
        rows: list[Json] = []
        body, response = self.response("GET", path, params=params)
        rows += body
        while "next" in response.links:
            link = httpx.URL(response.links["next"]["url"])
            body, response = self.response("GET", path, params=dict(link.params))
            rows += body
        return rows


def channel_id(workspace: Workspace, channel: str) -> str:
    """Return the id of a channel by name, with or without `#`, or by id; exit when there is none."""
    try:
        return str(uuid.UUID(channel))
    except ValueError:
        pass
    wanted = channel.removeprefix("#").casefold()
    for row in workspace.pages("/channels", {"limit": 200}):
        if row["name"].casefold() == wanted:
            return str(row["id"])
    fail(f"There is no channel {channel!r}.")
    raise typer.Exit(REFUSED)


def not_running(where: str) -> NoReturn:
    """Say that no workspace answers, and exit."""
    fail(f"RezNet is not running at {where}: start it with `make up` (or `reznet up`).")
    raise typer.Exit(NOT_RUNNING)


def explain(response: httpx.Response) -> None:
    """Print the problem that a response carries."""
    try:
        problem = response.json()
    except ValueError:
        fail(
            f"{response.request.url} answered {response.status_code}; is that a RezNet workspace?"
        )
        return
    details: list[dict[str, str]] = problem.get("errors") or []
    if not details:
        fail(str(problem.get("detail") or problem.get("title") or response.status_code))
    for item in details:
        fail(f"{item['field']}: {item['message']}")
