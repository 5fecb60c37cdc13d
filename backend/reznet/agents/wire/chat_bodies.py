"""What is sent to a model over OpenAI's chat protocol, in the plain case: text for text.

The bodies are those that the library would send; `backend/tests/agents/test_chat_bodies.py` compares them for
every model that it knows.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import orjson
from pydantic_ai._special_tokens import (  # pyright: ignore[reportPrivateUsage] - a guess of our own would let through what the next version knows
    break_special_tokens,
)
from pydantic_ai.models import Model
from pydantic_ai.profiles.openai import OpenAIModelProfile

from reznet.agents.llm_types import ModelRef, Turn


@dataclass(frozen=True, slots=True)
class ChatForm:
    """How one model wants to be asked, and how it answers."""

    system_role: Literal["system", "developer", "user"]
    limit_field: Literal["max_tokens", "max_completion_tokens"]
    takes_temperature: bool
    # Its host may read control tokens out of a text, such as `<|im_start|>`.
    reads_control_tokens: bool
    thinking_tags: tuple[str, str] | None
    skips_leading_space: bool


def form_of(model: Model) -> ChatForm:
    """Return the form, from what the library knows of the model."""
    profile = cast("OpenAIModelProfile", model.profile)
    counts_thoughts = profile.get("openai_chat_supports_max_completion_tokens", True)
    return ChatForm(
        system_role=profile.get("openai_system_prompt_role") or "system",
        limit_field="max_completion_tokens" if counts_thoughts else "max_tokens",
        takes_temperature=_takes_temperature(profile),
        reads_control_tokens=profile.get("may_tokenize_special_tokens_in_content", False),
        thinking_tags=profile.get("thinking_tags"),
        skips_leading_space=profile.get("ignore_streamed_leading_whitespace", False),
    )


def is_plain(turns: Sequence[Turn], form: ChatForm) -> bool:
    """Return whether the turns are nothing but text that may be sent as it stands.

    Calls of tools belong to the library, as does the breaking of control tokens: it mends them in the
    answer, too.
    """
    for turn in turns:
        if turn.tool_calls or turn.tool_results:
            return False
        if form.reads_control_tokens and break_special_tokens(turn.text) != turn.text:
            return False
    return True


def chat_body(ref: ModelRef, form: ChatForm, system: str, turns: Sequence[Turn]) -> bytes:
    """Return the request's body, JSON.

    Blank text makes no message: a provider would refuse it, and with it every later request.
    """
    messages = [
        {"role": turn.role, "content": turn.text} for turn in turns if not _is_blank(turn.text)
    ]
    if system:
        # First, or after what looks like a system prompt: a few models know of no such role.
        others = (at for at, m in enumerate(messages) if m["role"] != form.system_role)
        prompt = {"role": form.system_role, "content": system}
        messages.insert(next(others, len(messages)), prompt)
    body: dict[str, object] = {
        "model": ref.name,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if ref.temperature is not None and form.takes_temperature:
        body["temperature"] = ref.temperature
    if ref.max_tokens is not None:
        body[form.limit_field] = ref.max_tokens
    try:
        return orjson.dumps(body)
    except TypeError:  # half a surrogate pair, which only an escape can hold
        return json.dumps(body).encode()


def _is_blank(text: str) -> bool:
    return not text or text.isspace()


def _takes_temperature(profile: OpenAIModelProfile) -> bool:
    """Return whether the model takes it: those that reason do only while they are not made to."""
    if not profile.get("openai_supports_reasoning", False):
        return True
    efforts = profile.get("openai_reasoning_efforts")
    can_stop = (
        profile.get("openai_supports_reasoning_effort_none", False)
        if efforts is None
        else "none" in efforts
    )
    return can_stop and not profile.get("thinking_enabled_by_default", False)
