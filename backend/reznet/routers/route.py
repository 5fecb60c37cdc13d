"""How routes read JSON: strictly, so that what is stored can be told again to everybody."""

import json
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

from reznet.core.errors import Invalid
from reznet.routers.problems import NotJson


class ApiRoute(APIRoute):
    """A route whose body, if it takes one, is strict JSON."""

    encoding = "utf-8"

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler behind the reading of the body."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def read_then_handle(request: Request) -> Response:
            body = await request.body()
            if not body:
                return await handle(request)
            if not is_json(request.headers.get("content-type", "")):
                raise NotJson("Send the body as JSON, with Content-Type: application/json.")
            return await handle(_Read(request, parse_json(body, self.encoding)))

        return read_then_handle


class FileRoute(ApiRoute):
    """A route whose body is a file of JSON, as editors save it: a byte order mark is taken."""

    encoding = "utf-8-sig"


class _Read(Request):
    """A request whose body has been read and parsed."""

    def __init__(self, request: Request, parsed: object) -> None:
        super().__init__(request.scope, request.receive)
        self._body = b"{}"  # only its being there matters
        self._parsed = parsed

    async def json(self) -> object:
        return self._parsed


def parse_json(body: bytes, encoding: str = "utf-8") -> object:
    """Return the parsed body; `encoding` is UTF-8 with or without a byte order mark.

    Raises:
        Invalid: it is not UTF-8, not JSON as RFC 8259 has it (NaN and Infinity are not), nests too
            deep, holds a number no float can hold, or names a field twice.
    """
    if b"\x00" in body:  # nowhere in JSON, everywhere in UTF-16
        raise Invalid.field("body", "is not UTF-8", code="invalid_json")
    try:
        text = body.decode(encoding)
        if text.startswith("\ufeff"):
            raise _Refused("begins with a byte order mark")
        return _JSON.decode(text)
    except UnicodeDecodeError:
        reason = "is not UTF-8"
    except json.JSONDecodeError as error:
        reason = f"is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    except RecursionError:
        reason = "nests too deep"
    except ValueError as error:
        reason = str(error) if isinstance(error, _Refused) else "holds a number that is too large"
    raise Invalid.field("body", reason, code="invalid_json") from None


class _Refused(ValueError):
    """JSON that Python would take but other parsers would not, or not all in the same way."""


def is_json(content_type: str) -> bool:
    """Whether a Content-Type header names JSON."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def _no_constant(name: str) -> NoReturn:
    raise _Refused(f"is not valid JSON: {name} is not a number")


def _finite(digits: str) -> float:
    value = float(digits)
    if value in {float("inf"), float("-inf")}:
        raise _Refused("holds a number that is too large")
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Refused("names a field twice")
    return fields


# Made once: `json.loads` with such arguments makes one each time, which takes longer than a small body.
_JSON = json.JSONDecoder(
    parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique
)
