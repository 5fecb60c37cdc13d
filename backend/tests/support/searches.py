"""Searching as a client does."""

from typing import Any

from tests.support.app import App, Json, checked


async def find(app: App, query: str, **params: Any) -> list[str]:
    """Return the texts of what is found, every page."""
    rows: list[Json] = []
    response = await app.http.get("/api/search", params={"q": query, **params})
    rows += checked(response, 200)
    while "next" in response.links:
        response = await app.http.get(response.links["next"]["url"])
        rows += checked(response, 200)
    return [row["message"]["content"] for row in rows]
