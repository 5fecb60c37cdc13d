"""Refusals as HTTP answers: every error of the API is an `application/problem+json` (RFC 9457)."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from reznet.core.errors import Problem
from reznet.core.problem_details import from_validation, problem_body
from reznet.schemas.problems import ProblemOut

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "reznet.request_id"


class HostRefused(Problem):
    """421: the server does not answer under that name."""

    status = 421
    code = "host_not_allowed"
    title = "This server is not known by that name"


class OriginRefused(Problem):
    """403: the page of another site may not do this."""

    status = 403
    code = "origin_not_allowed"
    title = "Not from this origin"


class NotJson(Problem):
    """415: the body is not JSON."""

    status = 415
    code = "unsupported_media_type"
    title = "The body must be JSON"


class InternalError(Problem):
    """500: a fault of ours. Says nothing but the request's id, by which the log can be searched."""

    def __init__(self) -> None:
        super().__init__(
            "Something went wrong on the server; its log has more under this request_id."
        )


_KINDS: dict[int, tuple[str, str]] = {
    404: ("not_found", "There is nothing at this address; /docs lists what there is."),
    405: ("method_not_allowed", "This address does not take that method; see the Allow header."),
    406: ("not_acceptable", "This can't be answered in a form that the Accept header names."),
}


def response_of(
    problem: Problem, scope: Scope, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer that tells a client of a refusal."""
    sent = dict(headers or {})
    if problem.retry_after is not None:
        sent["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
    body = problem_body(problem, scope.get(REQUEST_ID))
    return Response(
        orjson.dumps(body), status_code=body["status"], headers=sent, media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Make the application answer every error as a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _fault)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of the problems a route may answer with, beside those all may."""
    every = {400, 403, 413, 415, 421, 500, 503}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemOut.__name__}"}}
            },
        }
        for status in sorted(every | set(statuses))
    }


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for it
    return response_of(error, request.scope)


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    return response_of(from_validation(error.errors()), request.scope)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    return response_of(_of_status(error.status_code), request.scope, error.headers)


async def _gone(_request: Request, _error: Exception) -> Response:
    """Nobody reads this: the client went away while it was sending."""
    return Response(status_code=400)


async def _fault(request: Request, error: Exception) -> Response:
    """Last resort; `edge.identity` logs the error."""
    return response_of(InternalError(), request.scope)


def _of_status(status: int) -> Problem:
    code, detail = _KINDS.get(status, ("http_error", HTTPStatus(status).phrase))
    kind = type("HttpProblem", (Problem,), {"status": status, "title": HTTPStatus(status).phrase})
    return kind(detail, code=code)
