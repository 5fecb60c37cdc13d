"""One streamed request to one model, in the cheapest way there is."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from decimal import Decimal
from typing import Literal, assert_never

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import UsageBase

from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef, Shape, Turn
from reznet.agents.measures import Reported
from reznet.agents.wire.faults import PROVIDER_FAILURES, read_failure


class Place:
    """A place among those that a provider works on at a time; without a limit, always free."""

    def __init__(self, turns: asyncio.Semaphore | None) -> None:
        self._turns = turns

    async def take(self) -> None:
        """Wait for the place."""
        if self._turns is not None:
            await self._turns.acquire()

    def leave(self) -> None:
        """Give the place to the next one."""
        if self._turns is not None:
            self._turns.release()


class StreamedCall:
    """A request whose answer is read piece by piece; `pieces` may be read once."""

    failures = PROVIDER_FAILURES
    answers_at_once = False
    repeatable = True
    output: object = None

    def __init__(
        self,
        model: Model,
        ref: ModelRef,
        explainer: Explainer,
        place: Place,
        *,
        system: str,
        turns: Sequence[Turn],
        shape: Shape | None = None,
    ) -> None:
        self._model = model
        self._form = _form_of(model, shape)
        self.ref = ref
        self._explainer = explainer
        self._place = place
        self._messages = to_messages(system, turns)
        self._stream: StreamedResponse | None = None

    async def pieces(self) -> AsyncGenerator[str]:
        """Yield the text as it comes, and "" for signs of life that are no text.

        Closing the generator closes the connection.
        """
        request = model_request_stream(
            self._model,
            self._messages,
            model_settings=model_settings(self.ref),
            model_request_parameters=self._form,
        )
        async with request as stream:
            self._stream = stream
            async for event in stream:
                match event:
                    case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                        yield text
                    case PartStartEvent(part=TextPart(content=text)):
                        yield text
                    case PartDeltaEvent() | PartStartEvent():
                        yield ""
                    case _:
                        pass

    def finish(self) -> Literal["stop", "length", "filter", "truncated"]:
        """Return why the provider ended the answer, once the pieces have come to their end."""
        if self._stream is None:
            return "truncated"
        return finish_of(self._stream.finish_reason, self._stream.provider_details)

    def reported(self) -> tuple[Reported, int] | None:
        """Return the tokens that the provider has counted so far, or None if it counted none."""
        counts = reported(self._stream.usage) if self._stream is not None else None
        return None if counts is None else (counts, 1)

    def explain(self, error: Exception) -> LLMError:
        """Return what a failure means."""
        return read_failure(
            error,
            self.ref,
            self._explainer,
            LLMErrorKind.TRUNCATED,
            has_begun=self._stream is not None,
        )

    def release(self) -> None:
        """Let the next call take this one's place."""
        self._place.leave()


def _form_of(model: Model, shape: Shape | None) -> ModelRequestParameters | None:
    """Return how the library is told of a form; None where there is none, or the model can't keep to it."""
    if shape is None or not model.profile.get("supports_json_schema_output", False):
        return None
    form = OutputObjectDefinition(json_schema=dict(shape.schema), name=shape.name)
    return ModelRequestParameters(output_mode="native", output_object=form, allow_text_output=True)


def finish_of(
    reason: str | None, details: Mapping[str, object] | None
) -> Literal["stop", "length", "filter", "truncated"]:
    """Return why an answer ended, from what the wire said."""
    match reason:
        case "content_filter":
            return "filter"
        case "length":
            return "length"
        case _:
            # The library takes any end of the stream for a good one: look at the wire's own word.
            return "stop" if (details or {}).get("finish_reason") else "truncated"


def reported(usage: UsageBase) -> Reported | None:
    """Return the provider's counts, or None when it sent none."""
    if not usage.has_values():
        return None
    cost: object = getattr(usage, "cost", None)
    return Reported(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cost_usd=cost if isinstance(cost, Decimal) else None,
    )


def model_settings(ref: ModelRef) -> ModelSettings:
    """Return the settings of the request, leaving out what the agent leaves to the provider."""
    settings = ModelSettings()
    if ref.temperature is not None:
        # The scale of Anthropic ends at 1.
        settings["temperature"] = (
            min(ref.temperature, 1.0) if ref.provider == "anthropic" else ref.temperature
        )
    if ref.max_tokens is not None:
        settings["max_tokens"] = ref.max_tokens
    return settings


def to_messages(system: str, turns: Sequence[Turn]) -> list[ModelMessage]:
    """Return the turns in the library's types, with the system prompt as instructions.

    Blank text makes no block: a provider would refuse it, and with it every later request.
    """
    messages = [message for turn in turns if (message := _message(turn)) is not None]
    for message in reversed(messages):
        if isinstance(message, ModelRequest):
            message.instructions = system or None
            break
    return messages


def _message(turn: Turn) -> ModelMessage | None:
    match turn.role:
        case "user":
            asked: list[ModelRequestPart] = [
                ToolReturnPart(result.name, result.text, result.call_id)
                for result in turn.tool_results
            ]
            if turn.text.strip():
                asked.append(UserPromptPart(turn.text))
            return ModelRequest(asked) if asked else None
        case "assistant":
            said: list[ModelResponsePart] = [TextPart(turn.text)] if turn.text.strip() else []
            said += [ToolCallPart(call.name, call.arguments, call.id) for call in turn.tool_calls]
            return ModelResponse(said) if said else None
        case _:
            assert_never(turn.role)
