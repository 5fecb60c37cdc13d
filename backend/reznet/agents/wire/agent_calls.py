"""A request that may call tools or must answer in a given form: several rounds with one model."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Literal

from pydantic import BaseModel
from pydantic_ai import Agent, AgentRunResultEvent, NativeOutput, ToolOutput
from pydantic_ai.messages import (
    FunctionToolCallEvent,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
)
from pydantic_ai.models import Model
from pydantic_ai.output import OutputSpec
from pydantic_ai.usage import RunUsage

from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef, Turn
from reznet.agents.measures import Reported
from reznet.agents.wire.calls import Place, finish_of, model_settings, reported, to_messages
from reznet.agents.wire.faults import PROVIDER_FAILURES, read_failure

# Rounds in which the model may mend an output that does not fit, or a bad tool call.
_REPAIRS = 2


class AgentCall:
    """A run of the library's agent loop, whose text is read piece by piece.

    An answer in a given form comes as one piece of JSON at the end, and whole in `output`.
    """

    failures = PROVIDER_FAILURES

    def __init__(
        self,
        model: Model,
        ref: ModelRef,
        explainer: Explainer,
        place: Place,
        *,
        system: str,
        turns: Sequence[Turn],
        tools: Sequence[Callable[..., object]],
        output: type,
    ) -> None:
        self.ref = ref
        self._explainer = explainer
        self._place = place
        self._turns = turns
        self._is_text = output is str
        self._usage = RunUsage()
        self._last: ModelResponse | None = None
        self._agent = Agent(
            model,
            output_type=_output_spec(model, output),
            instructions=system or None,
            tools=tools,
            retries=_REPAIRS,
            model_settings=model_settings(ref),
        )
        self.answers_at_once = not self._is_text
        self.repeatable = True
        self.output: object = None

    async def pieces(self) -> AsyncGenerator[str]:
        """Yield the text as it comes, and "" for signs of life that are no text."""
        between = ""
        run = self._agent.run_stream_events(
            message_history=to_messages("", self._turns), usage=self._usage, infer_name=False
        )
        async with run as events:
            async for event in events:
                match event:
                    case PartDeltaEvent(delta=TextPartDelta(content_delta=text)) if self._is_text:
                        yield text
                    case PartStartEvent(part=TextPart(content=text)) if self._is_text:
                        yield f"{between}{text}" if text else ""
                        between = "\n\n"
                    case FunctionToolCallEvent():
                        # What the tool did can't be undone: this call must not be made again.
                        self.repeatable = False
                        yield ""
                    case AgentRunResultEvent(result=result):
                        self.output = result.output
                        self._last = result.response
                        if isinstance(result.output, BaseModel):
                            yield result.output.model_dump_json()
                    case _:
                        yield ""

    def finish(self) -> Literal["stop", "length", "filter", "truncated"]:
        """Return why the provider ended its last round."""
        if self._last is None:
            return "truncated"
        return finish_of(self._last.finish_reason, self._last.provider_details)

    def reported(self) -> tuple[Reported, int] | None:
        """Return the tokens of all rounds so far and their number, or None if none was counted."""
        counts = reported(self._usage)
        return None if counts is None else (counts, max(self._usage.requests, 1))

    def explain(self, error: Exception) -> LLMError:
        """Return what a failure means."""
        return read_failure(error, self.ref, self._explainer, LLMErrorKind.OUTPUT)

    def release(self) -> None:
        """Let the next call take this one's place."""
        self._place.leave()


def _output_spec(model: Model, output: type) -> OutputSpec[object]:
    if output is str:
        return str
    # Small models emit no tool calls worth the name, but a schema constrains what they can say.
    if model.profile.get("supports_json_schema_output", False):
        return NativeOutput(output)
    return ToolOutput(output)
