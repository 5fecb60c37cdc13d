"""Bases of requests and responses, and the text kinds they share."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from reznet.core.text import storable, unsafe_name_reason

MAX_MESSAGE_BYTES = 32 * 1024
BLANK = "must not be blank"


class Request(BaseModel):
    """What a client sends. Unknown fields are refused, since they are mostly misspelt ones."""

    model_config = ConfigDict(extra="forbid", str_max_length=200_000, allow_inf_nan=False)


class Response(BaseModel):
    """What a client gets; frozen, since it may come from a cache."""

    model_config = ConfigDict(frozen=True)


def _storable(value: object) -> object:
    return storable(value) if isinstance(value, str) else value


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def not_blank(value: str) -> str:
    """Refuse a text that says nothing."""
    if not value.strip():
        raise ValueError(BLANK)
    return value


def _short_enough(value: str) -> str:
    if len(value.encode()) > MAX_MESSAGE_BYTES:
        raise ValueError(f"must be at most {MAX_MESSAGE_BYTES} bytes (32 KiB) of UTF-8")
    return value


def safe_name(value: str) -> str:
    """Refuse names that can't be shown safely."""
    if reason := unsafe_name_reason(value):
        raise ValueError(reason)
    return value


# Free text of a persona or the like: NUL dropped, lone surrogates replaced, then the ends trimmed
# (the last of the validators comes first).
Prose = Annotated[str, BeforeValidator(_stripped), BeforeValidator(_storable)]
# The text of a message, kept byte for byte but for what can't be stored; blank beside files alone.
TextWithFiles = Annotated[str, BeforeValidator(_storable), AfterValidator(_short_enough)]
MessageText = Annotated[TextWithFiles, AfterValidator(not_blank)]
# A name that is shown: trimmed, no control, direction-changing or invisible characters.
Name = Annotated[str, BeforeValidator(_stripped), AfterValidator(safe_name)]
ClientId = Annotated[
    str, BeforeValidator(_stripped), Field(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$")
]
