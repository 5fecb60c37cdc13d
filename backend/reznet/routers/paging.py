"""Parameters of lists, and the link to the next page."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator

from reznet.core.pagination import MAX_LIMIT, Page


def _capped(value: int) -> int:
    return min(value, MAX_LIMIT)


def searchable(value: str) -> str:
    """Refuse what no text in the database can hold."""
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    return value


Limit = Annotated[
    int,
    Query(ge=1, description=f"Rows of a page; more than {MAX_LIMIT} is taken as {MAX_LIMIT}."),
    AfterValidator(_capped),
]
Cursor = Annotated[
    str | None, Query(max_length=2000, description="Where to go on; from the `Link` header.")
]
Before = Annotated[
    str | None, Query(max_length=500, description="A message's id, or a cursor: only older ones.")
]
After = Annotated[
    str | None, Query(max_length=500, description="A message's id, or a cursor: only newer ones.")
]
Text = Annotated[str | None, Query(max_length=200), AfterValidator(lambda v: v and searchable(v))]


class Paging:
    """Where a list goes on and how many rows it shows."""

    def __init__(
        self, request: Request, response: Response, limit: int, cursor: str | None
    ) -> None:
        self.limit = limit
        self.cursor = cursor
        self._request = request
        self._response = response

    def rows[T](self, page: Page[T]) -> list[T]:
        """Return the rows, with the next page's address in the `Link` header."""
        return _rows(page, self._request, self._response, "cursor")


class Window:
    """Which part of a conversation is shown."""

    def __init__(
        self,
        request: Request,
        response: Response,
        before: str | None,
        after: str | None,
        limit: int,
    ) -> None:
        self.before = before
        self.after = after
        self.limit = limit
        self._request = request
        self._response = response

    def rows[T](self, page: Page[T]) -> list[T]:
        """Return the rows, with the address of those that follow in the window's direction."""
        forward = self.after is not None and self.before is None
        return _rows(page, self._request, self._response, "after" if forward else "before")


# Coroutines, because FastAPI runs plain functions and classes in threads.
async def _paging(
    request: Request, response: Response, limit: Limit = 50, cursor: Cursor = None
) -> Paging:
    return Paging(request, response, limit, cursor)


async def _window(
    request: Request,
    response: Response,
    before: Before = None,
    after: After = None,
    limit: Limit = 50,
) -> Window:
    return Window(request, response, before, after, limit)


Paged = Annotated[Paging, Depends(_paging)]
Windowed = Annotated[Window, Depends(_window)]


def _rows[T](page: Page[T], request: Request, response: Response, cursor: str) -> list[T]:
    if page.next_cursor is not None:
        address = request.url.include_query_params(**{cursor: page.next_cursor})
        response.headers["Link"] = f'<{address}>; rel="next"'
    return list(page.rows)
