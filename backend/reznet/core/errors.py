"""Problems that a client is told about (RFC 9457), independent of HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that was refused. `field` is a dotted path into the input."""

    field: str
    message: str


class Problem(Exception):
    """A refusal that names its cause and the mend.

    `code` is stable and snake_case; `status` is the HTTP status; `detail` is a sentence for a
    person. `members` are further ones of the problem, ready for JSON (RFC 9457, section 3.2). Nothing
    secret may be put into any.
    """

    status = 500
    code = "internal_error"
    title = "Something went wrong on the server"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        retry_after: float | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.members = members or {}

    @classmethod
    def field(cls, field: str, message: str, *, code: str | None = None) -> Self:
        """Return a refusal of one field."""
        return cls(f"{field}: {message}", code=code, errors=[FieldError(field, message)])


class Invalid(Problem):
    """400: the input can't be taken as it is."""

    status = 400
    code = "invalid_request"
    title = "The request is not valid"


class Unauthenticated(Problem):
    """401: nobody is signed in."""

    status = 401
    code = "unauthenticated"
    title = "Sign in first"


class Forbidden(Problem):
    """403: the caller may not do this."""

    status = 403
    code = "forbidden"
    title = "This is not allowed"


class NotFound(Problem):
    """404: no such thing, or not for this caller."""

    status = 404
    code = "not_found"
    title = "Not found"


class Conflict(Problem):
    """409: the state of the thing does not allow it."""

    status = 409
    code = "conflict"
    title = "Conflicts with the present state"


class TooLarge(Problem):
    """413: the input is over a limit that the detail names."""

    status = 413
    code = "too_large"
    title = "Too large"


class LimitReached(Problem):
    """429: over a limit; `retry_after` says when to try again, in seconds."""

    status = 429
    code = "limit_reached"
    title = "Over a limit"


class Unavailable(Problem):
    """503: something this needs is not there."""

    status = 503
    code = "unavailable"
    title = "A part this needs is not available"


class StartRefused(Exception):
    """The program can't start like this. The message says what to change."""
