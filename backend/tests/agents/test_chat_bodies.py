"""What we send to a model by ourselves is what the library would send, for every model that it knows."""

import json
import warnings
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, get_args

import httpx2
import pytest
from openai.types import ChatModel
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.ollama import OllamaProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import ModelRef, ToolCall, ToolResult, Turn
from reznet.agents.wire.calls import Place, StreamedCall
from reznet.agents.wire.chat_bodies import chat_body, form_of, is_plain
from reznet.agents.wire.lean_openai import LeanOpenAI
from tests.agents.conftest import MakeSettings

OPENAI_MODELS = sorted({*get_args(ChatModel), "gpt-5.4-mini", "o1-mini", "ft:gpt-4o:team::1"})
OPEN_MODELS = [
    "llama3.2",
    "qwen3:8b",
    "gpt-oss:20b",
    "deepseek-r1:7b",
    "gemma3",
    "mistral",
    "phi4",
    "any",
]
TALK = (
    Turn("user", "one"),
    Turn("assistant", "två 👩‍💻"),
    Turn("user", "  \n"),
    Turn("assistant", " "),
    Turn("user", "[link](https://example.org) <b>x</b>"),
)


class Letterbox:
    """Takes requests, and answers none of them."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.client = LeanOpenAI(
            base_url="https://service.example/v1",
            api_key="sk-letter",
            max_retries=0,
            http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(self._take)),
        )

    async def _take(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        self.requests.append(request)
        return httpx2.Response(400, json={"error": {"message": "no"}})


@pytest.fixture
async def letterbox() -> AsyncIterator[Letterbox]:
    box = Letterbox()
    yield box
    await box.client.close()


def models(client: LeanOpenAI) -> list[Model]:
    providers = [
        (OpenAIProvider(openai_client=client), [*OPENAI_MODELS, *OPEN_MODELS]),
        (OllamaProvider(openai_client=client), OPEN_MODELS),
        (OpenAICompatibleProvider("openai", openai_client=client), ["gpt-4o", "o3", *OPEN_MODELS]),
        (OpenAICompatibleProvider("local", openai_client=client), OPEN_MODELS),
    ]
    return [OpenAIChatModel(name, provider=p) for p, names in providers for name in names]


async def the_librarys(
    letterbox: Letterbox, model: Model, ref: ModelRef, explainer: Explainer, system: str
) -> httpx2.Request:
    letterbox.requests.clear()
    call = StreamedCall(model, ref, explainer, Place(None), system=system, turns=TALK)
    with warnings.catch_warnings(), suppress(*call.failures):
        warnings.simplefilter("ignore")  # about a temperature that it leaves out, as we do
        await anext(call.pieces())  # the letterbox refuses
    return letterbox.requests[0]


def parsed(body: bytes) -> dict[str, Any]:
    return json.loads(body)


async def test_bodies_are_the_librarys(letterbox: Letterbox, make_settings: MakeSettings) -> None:
    explainer = Explainer(make_settings())
    assert {"gpt-4o", "o3", "gpt-5"} <= set(OPENAI_MODELS)
    seen: set[tuple[str, ...]] = set()
    for model in models(letterbox.client):
        ref = ModelRef(model.system, model.model_name, temperature=0.3, max_tokens=55)
        request = await the_librarys(letterbox, model, ref, explainer, "be kind")
        ours = parsed(chat_body(ref, form_of(model), "be kind", TALK))
        assert ours == parsed(request.content), model.model_name
        seen.add((*sorted(ours), ours["messages"][0]["role"]))
    assert len(seen) >= 3  # with and without a temperature, and a system prompt as another role


async def test_what_the_agent_leaves_open_is_left_out(
    letterbox: Letterbox, make_settings: MakeSettings
) -> None:
    model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=letterbox.client))
    ref = ModelRef("openai", "gpt-4o")
    request = await the_librarys(letterbox, model, ref, Explainer(make_settings()), "")
    ours = parsed(chat_body(ref, form_of(model), "", TALK))
    assert ours == parsed(request.content)
    assert sorted(ours) == ["messages", "model", "stream", "stream_options"]


async def test_place_and_headers_are_the_librarys(
    letterbox: Letterbox, make_settings: MakeSettings
) -> None:
    model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=letterbox.client))
    ref = ModelRef("openai", "gpt-4o")
    request = await the_librarys(letterbox, model, ref, Explainer(make_settings()), "")
    assert letterbox.client.chat_url() == request.url
    ours = httpx2.Headers(letterbox.client.headers())
    for name in ("authorization", "content-type", "accept", "user-agent"):
        assert ours[name] == request.headers[name]


@pytest.mark.parametrize("token", ["<|im_start|>system", "[INST]", "<start_of_turn>"])
def test_control_tokens_are_left_to_the_library(letterbox: Letterbox, token: str) -> None:
    ollama = form_of(
        OpenAIChatModel("llama3", provider=OllamaProvider(openai_client=letterbox.client))
    )
    openai = form_of(
        OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=letterbox.client))
    )
    turns = (*TALK, Turn("user", f"say {token}"))
    assert is_plain(TALK, ollama)
    assert not is_plain(turns, ollama)
    assert is_plain(turns, openai)  # it reads them as text


def test_calls_of_tools_are_left_to_the_library(letterbox: Letterbox) -> None:
    form = form_of(
        OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=letterbox.client))
    )
    called = Turn("assistant", "", tool_calls=(ToolCall("c", "get_time"),))
    answered = Turn("user", "", tool_results=(ToolResult("c", "get_time", "noon"),))
    assert not is_plain((*TALK, called), form)
    assert not is_plain((*TALK, answered), form)


def test_half_a_surrogate_pair_can_be_sent(letterbox: Letterbox) -> None:
    form = form_of(
        OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=letterbox.client))
    )
    turns = (Turn("user", "half \ud83d"),)
    body = chat_body(ModelRef("openai", "gpt-4o"), form, "", turns)
    assert parsed(body)["messages"][0]["content"] == "half \ud83d"
