import orjson
import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reznet.core.errors import FieldError, Invalid, LimitReached, NotFound
from reznet.core.problem_details import from_validation, problem_body
from reznet.schemas.problems import ProblemOut


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int = Field(ge=1, allow_inf_nan=False)


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=3, max_length=5)
    inner: list[Inner] = []


def complaints(value: object) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        Input.model_validate(value)
    problem = from_validation(caught.value.errors())
    return {error.field: error.message for error in problem.errors}


def test_body_is_what_the_schema_says() -> None:
    body = problem_body(NotFound("There is no such thing.", code="thing_not_found"), "r-1")

    assert body == {
        "type": "urn:reznet:problem:thing_not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such thing.",
        "code": "thing_not_found",
        "errors": [],
        "request_id": "r-1",
        "retry_after": None,
    }
    assert ProblemOut.model_validate(body).model_dump() == body


def test_body_tells_when_to_try_again_and_which_fields() -> None:
    assert problem_body(LimitReached("Slow down.", retry_after=2.5))["retry_after"] == 2.5
    body = problem_body(Invalid("x", errors=[FieldError("a.b", "is odd")]))
    assert body["errors"] == [{"field": "a.b", "message": "is odd"}]


def test_body_can_always_be_written() -> None:
    orjson.dumps(problem_body(Invalid.field("\ud800", "is \udfff\x00")))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, {"name": "is required"}),
        ({"name": "ab"}, {"name": "must be at least 3 characters long"}),
        ({"name": "abcdef"}, {"name": "must be at most 5 characters long"}),
        ({"name": 7}, {"name": "must be text"}),
        ({"name": "abc", "nam": 1}, {"nam": "is not a known field; is it misspelt?"}),
        (
            {"name": "abc", "inner": [{"size": 0}]},
            {"inner.0.size": "must be greater than or equal to 1"},
        ),
        ({"name": "abc", "inner": [{"size": 1.5}]}, {"inner.0.size": "must be a whole number"}),
        ({"name": "abc", "inner": 5}, {"inner": "must be a list"}),
        ([], {"body": "must be an object"}),
    ],
)
def test_fields_are_named_with_a_plain_sentence(value: object, expected: dict[str, str]) -> None:
    assert complaints(value) == expected


def test_places_of_the_request_are_left_out_and_many_errors_cut() -> None:
    errors = [{"type": "missing", "loc": ("body", "name"), "msg": "Field required"}]
    assert from_validation(errors).errors[0].field == "name"
    assert len(from_validation(errors * 500).errors) == 20
    broken = {"type": "json_invalid", "loc": ("body", 17), "msg": "JSON decode error", "ctx": {}}
    assert from_validation([broken]).errors == (FieldError("body", "is not valid JSON"),)
