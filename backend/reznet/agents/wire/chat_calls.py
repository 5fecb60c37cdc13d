"""One plain question to a model over OpenAI's chat protocol: sent and read by ourselves."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

import httpx2
from openai import APIError, APIStatusError
from pydantic_ai.models.openai._errors import (  # pyright: ignore[reportPrivateUsage] - one reading of refusals for both ways
    map_api_errors,
)
from pydantic_ai.usage import RequestUsage

from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef, Turn
from reznet.agents.measures import Reported
from reznet.agents.wire.calls import Place, reported
from reznet.agents.wire.chat_bodies import ChatForm, chat_body
from reznet.agents.wire.chat_events import ChatEvents, ServiceError
from reznet.agents.wire.faults import PROVIDER_FAILURES, read_failure
from reznet.agents.wire.lean_openai import LeanOpenAI

_LONGEST_REFUSAL = 256 * 1024
_SECONDS_TO_END = 0.5
_OPENROUTER = "openrouter.ai"


@dataclass(frozen=True, slots=True)
class ChatLine:
    """Where a model is asked, and how."""

    form: ChatForm
    url: httpx2.URL
    headers: httpx2.Headers
    client: LeanOpenAI
    http: httpx2.AsyncClient


class ChatCall:
    """A request whose answer is read as it comes: a piece is what came together."""

    failures = (*PROVIDER_FAILURES, APIError, ServiceError)
    answers_at_once = False
    repeatable = True
    output: object = None

    def __init__(
        self,
        line: ChatLine,
        ref: ModelRef,
        explainer: Explainer,
        place: Place,
        *,
        system: str,
        turns: Sequence[Turn],
    ) -> None:
        self.ref = ref
        self._line = line
        self._explainer = explainer
        self._place = place
        self._body = chat_body(ref, line.form, system, turns)
        self._events = ChatEvents(
            thinking_tags=line.form.thinking_tags,
            skips_leading_space=line.form.skips_leading_space,
        )

    async def pieces(self) -> AsyncGenerator[str]:
        """Yield the text as it comes, and "" for signs of life that are no text.

        Closing the generator closes the connection.
        """
        line, events = self._line, self._events
        request = line.http.build_request(
            "POST", line.url, content=self._body, headers=line.headers
        )
        response = await line.http.send(request, stream=True)
        try:
            if not response.is_success:
                raise await self._refusal(response)
            reads = _reads(response)
            async for data in reads:
                if (piece := events.feed(data)) is not None:
                    yield piece
                if events.failure is not None:
                    raise events.failure
                if events.is_done:
                    await _read_to_end(reads)
                    return
        finally:
            await response.aclose()

    def finish(self) -> Literal["stop", "length", "filter", "truncated"]:
        """Return why the provider ended the answer, once the pieces have come to their end."""
        return self._events.finish

    def reported(self) -> tuple[Reported, int] | None:
        """Return the tokens that the provider has counted so far, or None if it counted none."""
        chunk = self._events.usage
        counts = None if chunk is None else _counts_in(chunk, self.ref, self._line.url)
        return None if counts is None else (counts, 1)

    def explain(self, error: Exception) -> LLMError:
        """Return what a failure means."""
        if isinstance(error, ServiceError):
            request = httpx2.Request("POST", self._line.url)
            error = APIError(str(error) or "An error occurred", request, body=error.body)
        return read_failure(
            _as_the_library_says(error, self.ref),
            self.ref,
            self._explainer,
            LLMErrorKind.TRUNCATED,
            has_begun=self._events.has_begun,
        )

    def release(self) -> None:
        """Let the next call take this one's place."""
        self._place.leave()

    async def _refusal(self, response: httpx2.Response) -> APIStatusError:
        body = bytearray()
        async for data in response.aiter_bytes():
            body += data
            if len(body) > _LONGEST_REFUSAL:
                break
        headers = {k: v for k, v in response.headers.items() if k != "content-encoding"}
        return self._line.client.refusal(
            httpx2.Response(
                response.status_code,
                headers=headers,
                content=bytes(body[:_LONGEST_REFUSAL]),
                request=response.request,
            )
        )


def _reads(response: httpx2.Response) -> AsyncIterator[bytes]:
    """Return the body as it comes; decoding what nobody encoded would cost as much as reading it."""
    is_encoded = "content-encoding" in response.headers
    return response.aiter_bytes() if is_encoded else response.aiter_raw()


async def _read_to_end(reads: AsyncIterator[bytes]) -> None:
    """Read on to the end, so that the connection can be used again; but not for long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS_TO_END):
            async for _ in reads:
                pass


def _as_the_library_says(error: Exception, ref: ModelRef) -> Exception:
    try:
        with map_api_errors(ref.name, ref.provider):
            raise error
    except Exception as said:  # noqa: BLE001 - it is the very error, or what stands for it
        return said


def _counts_in(chunk: Mapping[str, object], ref: ModelRef, url: httpx2.URL) -> Reported | None:
    """Return the counts of a chunk; the library knows where each service writes them."""
    usage = chunk["usage"]
    extracted = RequestUsage.extract(
        {"model": ref.name, "usage": usage},
        provider=ref.provider,
        provider_url=str(url),
        provider_fallback="openai",
        api_flavor="chat",
    )
    counts = reported(extracted)
    if counts is not None and counts.cost_usd is None and url.host == _OPENROUTER:
        return replace(counts, cost_usd=_cost_in(usage))
    return counts


def _cost_in(usage: object) -> Decimal | None:
    """Return what OpenRouter took, in US dollars; it is the only one to say so in this field."""
    match usage:
        case {"cost": (int() | float()) as cost} if 0 <= cost < float("inf"):
            return Decimal(str(cost))
        case _:
            return None
