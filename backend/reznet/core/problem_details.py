"""The one way in which refusals are shown to clients, over HTTP and over sockets (RFC 9457)."""

from collections.abc import Mapping, Sequence
from typing import Any

from reznet.core.errors import FieldError, Invalid, Problem
from reznet.core.text import storable

_MAX_ERRORS = 20
# Where FastAPI says that a field was found; clients know the field by its own name.
_PLACES = frozenset({"body", "query", "path", "header"})


def problem_body(problem: Problem, request_id: str | None = None) -> dict[str, Any]:
    """Return a refusal as an `application/problem+json` object."""
    return {
        "type": f"urn:reznet:problem:{problem.code}",
        "title": type(problem).title,
        "status": type(problem).status,
        "detail": storable(problem.detail),
        "code": problem.code,
        "errors": [
            {"field": storable(error.field), "message": storable(error.message)}
            for error in problem.errors
        ],
        "request_id": request_id,
        "retry_after": problem.retry_after,
        **problem.members,
    }


def from_validation(errors: Sequence[Mapping[str, Any]]) -> Invalid:
    """Return Pydantic's error details as a refusal that names each field.

    Values are left out, since they may be huge or secret. At most 20 fields are named.
    """
    fields = [_field_error(error) for error in errors[:_MAX_ERRORS]]
    detail = "; ".join(f"{error.field}: {error.message}" for error in fields[:3])
    return Invalid(detail or "The input is not valid.", code="invalid_request", errors=fields)


def _field_error(error: Mapping[str, Any]) -> FieldError:
    loc = list(error.get("loc", ()))
    if loc and loc[0] in _PLACES:
        loc = loc[1:]
    if error.get("type") == "json_invalid":  # its location is an offset, not a field
        loc = []
    field = ".".join(str(part) for part in loc) or "body"
    return FieldError(storable(field)[:200], _plain(error))


def _plain(error: Mapping[str, Any]) -> str:
    """Return the complaint as the end of a sentence that begins with the field's name."""
    kind = str(error.get("type", ""))
    context: Mapping[str, Any] = error.get("ctx") or {}
    simple = {
        "missing": "is required",
        "extra_forbidden": "is not a known field; is it misspelt?",
        "finite_number": "must be a finite number",
        "json_invalid": "is not valid JSON",
        "string_type": "must be text",
        "uuid_parsing": "must be a UUID",
        "uuid_type": "must be a UUID",
        "int_type": "must be a whole number",
        "int_parsing": "must be a whole number",
        "int_from_float": "must be a whole number",
        "int_parsing_size": "is too large a number",
        "bool_type": "must be true or false",
        "bool_parsing": "must be true or false",
        "float_type": "must be a number",
        "float_parsing": "must be a number",
        "dict_type": "must be an object",
        "model_type": "must be an object",
        "model_attributes_type": "must be an object",
        "list_type": "must be a list",
        "tuple_type": "must be a list",
    }
    if kind in simple:
        return simple[kind]
    # A length behind another check of a text is told as that of any collection.
    of_text = kind.startswith("string_") or isinstance(error.get("input"), str)
    if of_text and kind.endswith("too_short"):
        return f"must be at least {context.get('min_length')} characters long"
    if of_text and kind.endswith("too_long"):
        return f"must be at most {context.get('max_length')} characters long"
    message = str(error.get("msg", "is not valid")).removeprefix("Value error, ")
    for start, mend in (("Input should be", "must be"), ("Value should", "must")):
        if message.startswith(start):
            return mend + message.removeprefix(start)
    return message[:1].lower() + message[1:]
