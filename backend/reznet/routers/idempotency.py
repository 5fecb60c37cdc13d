"""The key under which a request counts once: in its body, or in the header."""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol, Self

from fastapi import Header

from reznet.schemas.base import ClientId

IdempotencyKey = Annotated[
    ClientId | None, Header(description="Taken as `client_id` where the body names none.")
]


class _Keyed(Protocol):
    """A body with a key."""

    client_id: ClientId | None

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self: ...


def keyed[T: _Keyed](body: T, key: str | None) -> T:
    """Return the body with the header's key, unless it names one itself."""
    if body.client_id is None and key is not None:
        return body.model_copy(update={"client_id": key})
    return body
