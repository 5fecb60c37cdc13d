"""Oddities of the wire, sent byte by byte by servers that do nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from reznet.agents.llm_types import LLMError, ModelRef
from tests.agents.conftest import MakeClient

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
)
TEXT = "你好 👩‍💻 مرحبا"


@asynccontextmanager
async def raw_server(
    answer: Callable[[bytes, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve what `answer` writes for a request's body; give the address and the paths asked for."""
    paths: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        paths.append(head.split(" ")[1])
        length = next(
            (
                int(line.split(":")[1])
                for line in head.lower().split("\r\n")
                if "content-length" in line
            ),
            0,
        )
        await answer(await reader.readexactly(length), writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", paths


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def openai_events(*chunks: object, between: bytes = b"", newline: bytes = b"\n") -> bytes:
    lines = [b"data: " + json.dumps(c, ensure_ascii=False).encode() for c in chunks]
    end = newline * 2
    return end.join([*(between + line for line in lines), b"data: [DONE]", b""])


def openai_chunk(**choice: object) -> dict[str, object]:
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, **choice}],
    }


def anthropic_events(text: str) -> bytes:
    events: list[dict[str, object]] = [
        {
            "type": "message_start",
            "message": {
                "id": "m",
                "type": "message",
                "role": "assistant",
                "model": "m",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {"input_tokens": 1, "output_tokens": 1},
            },
        },
        {"type": "ping"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": c}}
            for c in text
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 9},
        },
        {"type": "message_stop"},
    ]
    return b"".join(
        b"event: %s\ndata: %s\n\n"
        % (str(e["type"]).encode(), json.dumps(e, ensure_ascii=False).encode())
        for e in events
    )


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_characters_cut_between_chunks_stay_whole(
    make_client: MakeClient, size: int, newline: bytes
) -> None:
    chunks = [openai_chunk(delta={"content": c}, finish_reason=None) for c in TEXT]
    body = openai_events(*chunks, openai_chunk(delta={}, finish_reason="stop"), newline=newline)

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        for part in [body[i : i + size] for i in range(0, len(body), size)]:
            writer.write(b"%x\r\n%s\r\n" % (len(part), part))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async with raw_server(answer) as (url, _):
        client = make_client(url)
        result = await client.generate("hi", model=ModelRef("openai", "m"))
        assert (result.output, result.finish) == (TEXT, "stop")


async def test_characters_cut_between_anthropics_chunks_stay_whole(
    make_client: MakeClient,
) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunked(anthropic_events(TEXT), 1))

    async with raw_server(answer) as (url, _):
        result = await make_client(url).generate("hi", model=ModelRef("anthropic", "m"))
        assert (result.output, result.finish) == (TEXT, "stop")


async def test_chunks_without_choices_or_content_add_nothing(make_client: MakeClient) -> None:
    body = openai_events(
        {
            "id": "",
            "object": "",
            "created": 0,
            "model": "",
            "choices": [],
            "prompt_filter_results": [],
        },
        openai_chunk(delta={"role": "assistant", "content": None}, finish_reason=None),
        openai_chunk(delta=None, finish_reason=None),
        openai_chunk(delta={"content": "Hi"}, finish_reason=None),
        openai_chunk(delta={}, finish_reason=None),
        openai_chunk(delta={"content": "!"}, finish_reason=None),
        openai_chunk(delta={}, finish_reason="stop"),
        {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [],
            "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
        },
        between=b": keep-alive\n\n",
    )

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunked(body, 50))

    async with raw_server(answer) as (url, _):
        for provider in ("openai", "ollama"):
            result = await make_client(url).generate("hi", model=ModelRef(provider, "m"))
            assert (result.output, result.finish) == ("Hi!", "stop")
            assert (result.usage.input_tokens, result.usage.output_tokens) == (7, 2)
            assert not result.usage.estimated


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "200 OK"])
async def test_a_page_or_a_redirect_is_a_wrong_address(
    make_client: MakeClient, status: str
) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        page = b"<html>sign in</html>"
        writer.write(
            b"HTTP/1.1 %s\r\nlocation: /login\r\ncontent-type: text/html\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%s" % (status.encode(), len(page), page)
        )

    async with raw_server(answer) as (url, paths):
        client = make_client(url)
        for provider, variable in [
            ("openai", "OPENAI_BASE_URL"),
            ("anthropic", "ANTHROPIC_BASE_URL"),
            ("ollama", "OLLAMA_HOST"),
        ]:
            with pytest.raises(LLMError, match=variable):
                await client.generate("hi", model=ModelRef(provider, "m"))
        assert len(paths) == 3


@pytest.mark.parametrize("form", ["{}/v1", "{}/v1/", "{}//v1//", " {}/v1 ", "upper"])
async def test_forms_of_an_address_lead_to_the_same_place(
    make_client: MakeClient, form: str
) -> None:
    openai = openai_events(
        openai_chunk(delta={"content": "ok"}, finish_reason=None),
        openai_chunk(delta={}, finish_reason="stop"),
    )

    async def answer(body: bytes, writer: asyncio.StreamWriter) -> None:
        anthropic = b'"anthropic-model"' in body
        writer.write(HEAD + chunked(anthropic_events("ok") if anthropic else openai, 99))

    async with raw_server(answer) as (url, paths):
        address = url.replace("http", "HTTP") + "/v1" if form == "upper" else form.format(url)
        client = make_client(
            OPENAI_BASE_URL=address,
            OPENAI_API_KEY="sk-test",
            ANTHROPIC_BASE_URL=address,
            ANTHROPIC_API_KEY="sk-test",
            OLLAMA_HOST=address,
        )
        for provider in ("openai", "ollama", "anthropic"):
            model = ModelRef(provider, f"{provider}-model")
            assert (await client.generate("hi", model=model)).output == "ok"
        root = make_client(ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY="sk-test", OLLAMA_HOST=url)
        for provider in ("ollama", "anthropic"):
            model = ModelRef(provider, f"{provider}-model")
            assert (await root.generate("hi", model=model)).output == "ok"
        assert {path.split("?")[0] for path in paths} == {"/v1/chat/completions", "/v1/messages"}
