"""Refusals as clients see them (RFC 9457)."""

from pydantic import BaseModel


class ProblemField(BaseModel):
    """One refused field."""

    field: str
    message: str


class ProblemOut(BaseModel):
    """An `application/problem+json` body; socket acknowledgements carry the same."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemField] = []
    request_id: str | None = None
    retry_after: float | None = None  # seconds, for 429 and 503
