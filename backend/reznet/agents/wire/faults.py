"""Reads what kind of failure an exception of the providers' libraries stands for."""

import json
from collections.abc import Iterator

import httpx2
from pydantic import ValidationError
from pydantic_ai.exceptions import (
    AgentRunError,
    ContentFilterError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestTimeout,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
    UserError,
)

from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef


class NotAnApi(Exception):
    """What answered is a web page or a redirect."""


# First match wins; subclasses stand before what they derive from.
_KINDS: tuple[tuple[type[Exception], LLMErrorKind], ...] = (
    (ModelContextWindowExceededError, LLMErrorKind.CONTEXT),
    (ModelAuthenticationError, LLMErrorKind.AUTH),
    (ModelNotFoundError, LLMErrorKind.MODEL_MISSING),
    (ModelQuotaExceededError, LLMErrorKind.QUOTA),
    (ModelRateLimitError, LLMErrorKind.RATE_LIMIT),
    (ModelUnavailableError, LLMErrorKind.OVERLOADED),
    (ModelServerError, LLMErrorKind.SERVER),
    (ModelTimeoutError, LLMErrorKind.TIMEOUT),
    (ModelRequestTimeout, LLMErrorKind.TIMEOUT),
    (ModelConnectionError, LLMErrorKind.CONNECTION),
    (httpx2.TimeoutException, LLMErrorKind.TIMEOUT),
    (httpx2.TransportError, LLMErrorKind.CONNECTION),
    # Not readable as JSON or as text, or broken off before anything came.
    (ContentFilterError, LLMErrorKind.REJECTED),
    (UserError, LLMErrorKind.REJECTED),
)
_BY_STATUS = {
    408: LLMErrorKind.TIMEOUT,
    409: LLMErrorKind.SERVER,
    413: LLMErrorKind.CONTEXT,
}
_CONTEXT_WORDS = (
    "exceed_context_size",
    "context length",
    "context window",
    "context size",
    "prompt is too long",
    "input length and `max_tokens` exceed",
)
# What the libraries raise, besides what they raise by mistake.
PROVIDER_FAILURES: tuple[type[Exception], ...] = (
    AgentRunError,
    UserError,
    httpx2.HTTPError,
    httpx2.StreamError,
    NotAnApi,
    ValidationError,
    ValueError,
    OSError,
)


def read_failure(
    error: Exception,
    ref: ModelRef,
    explainer: Explainer,
    nothing_came: LLMErrorKind,
    *,
    has_begun: bool = False,
) -> LLMError:
    """Return the error to tell a person, whatever the libraries raised.

    `nothing_came` is what it means when the model said nothing that can be used.
    """
    if any(isinstance(cause, NotAnApi) for cause in _causes(error)):
        return explainer.wrong_address(ref.provider)
    body = getattr(error, "body", None)
    kind = _kind(error, body, nothing_came)
    if kind is LLMErrorKind.CONNECTION and has_begun:
        return LLMError(
            kind, f"The connection to {ref.provider} broke in the middle of the answer: try again."
        )
    if kind is LLMErrorKind.MODEL_MISSING and not _names_a_model(body):
        return explainer.wrong_address(ref.provider)
    return explainer.error(
        kind,
        ref.provider,
        ref.name,
        said=_message_in(body),
        retry_after=getattr(error, "retry_after", None),
    )


def _kind(error: Exception, body: object, nothing_came: LLMErrorKind) -> LLMErrorKind:
    if isinstance(error, EOFError | UnexpectedModelBehavior) and not isinstance(
        error, ContentFilterError
    ):
        return nothing_came
    if isinstance(error, ModelHTTPError) and error.status_code in _BY_STATUS:
        return _BY_STATUS[error.status_code]
    text = json.dumps(body, default=str).lower() if body else ""
    if any(words in text for words in _CONTEXT_WORDS) and _is_refusal(error):
        return LLMErrorKind.CONTEXT
    for kind_of_error, kind in _KINDS:
        if isinstance(error, kind_of_error):
            return kind
    # Known to the libraries only as a refusal, or as something they could not read.
    return LLMErrorKind.REJECTED if _is_refusal(error) else LLMErrorKind.SERVER


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, ModelHTTPError) and 400 <= error.status_code < 500


def _names_a_model(body: object) -> bool:
    """Return whether a 404 speaks of the model; any other web server's 404 does not."""
    text = json.dumps(body, default=str).lower() if body else ""
    return "model" in text or "not_found_error" in text


def _message_in(body: object) -> str:
    match body:
        case {"error": {"message": str(message)}} | {"message": str(message)}:
            return message
        case {"error": str(message)} | {"detail": str(message)}:
            return message
        case _:
            return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
