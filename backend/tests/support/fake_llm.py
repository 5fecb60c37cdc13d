"""fake_llm: a deterministic fake LLM upstream for tests and load tests.

One Starlette app that speaks, on one port:

    POST /v1/chat/completions   OpenAI chat completions (JSON and SSE); also Ollama's /v1
    POST /v1/responses          OpenAI Responses API (JSON and SSE), text and function calls
    POST /v1/messages           Anthropic messages (JSON and SSE)
    POST /api/chat              Ollama native (JSON and NDJSON)
    POST /v1/embeddings, /api/embed       deterministic unit vectors
    GET  /v1/models, /api/tags, /api/version
    GET  /_ctl/stats            counters: requests, failures, live and peak streams, client disconnects
    POST /_ctl/reset            zero counters, forget scripts, restore defaults
    PUT  /_ctl/defaults         JSON object: default scenario fields for later requests
    PUT  /_ctl/scripts/{key}    JSON list of scenario objects, one per request (the last one repeats)
    GET  /_ctl/requests         the last 50 request bodies and chosen headers (assert what was sent)

What a request gets is a `Scenario`. Its fields come, later ones winning, from: the process defaults
(command line, /_ctl/defaults), the script named by `script=KEY`, and the *model name*, because every SDK
lets you set it. A model name is `anything` or `anything;field=value;field=value`:

    fake;ttft=0.2;rate=50;n=100          200 ms to first token, 50 tokens/s, 100 tokens
    fake;fail=429;retry_after=2;times=2;key=a   two 429s for key `a`, then normal answers
    fake;fail=reset_mid;at=10            TCP RST after 10 tokens
    fake;tool=get_time;args={"tz":"UTC"} call that tool once, then answer with text
    fake;text=hello%20world              this text (percent-encoded; also args=), one word per token

Failure modes (`fail=`):
  before any body:  400 401 402 403 404 408 409 413 422 429 500 502 503 504 529   HTTP error, provider's JSON shape
                    quota (429 insufficient_quota / Anthropic 400 credit balance)   context (400 too long)
                    html (200 with an HTML page)   reset (TCP RST)   close (FIN)   hang (no headers, ever)
  in the stream:    reset_mid   close_mid (FIN, no terminating chunk)   truncate (clean HTTP end, no final event)
                    malformed (broken JSON in one event)   badutf8   error_mid (the provider's in-stream error event)
                    hang_mid (stalls after `at` tokens)   hang_first (headers and role event, no token)
  odd but valid:    empty (no content)   length (finish: length)   filter (finish: content filter)
                    nousage (no usage; OpenAI formats only)
Non-streamed requests treat every in-stream mode as its nearest HTTP kind (reset, hang or 500).

Run:  python fake_llm.py --port 8999 --ttft 0.05 --rate 100 --tokens 200
Needs only starlette and uvicorn (uses uvloop and httptools where installed). Binds 127.0.0.1 by default.
Tokens are paced on an absolute schedule per stream, so the rate does not drift under load.
`rate=0` means as fast as the socket takes it. Each token is one wire event.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import dataclasses
import hashlib
import json
import math
import socket
import struct
import time
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HTTP_FAILS = {400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529}
STREAM_FAILS = {
    "reset_mid",
    "close_mid",
    "truncate",
    "malformed",
    "badutf8",
    "error_mid",
    "hang_mid",
    "hang_first",
}
_WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi"
WORDS = _WORDS.split()


@dataclasses.dataclass(slots=True)
class Scenario:
    """Everything that decides one answer. Field names are the knobs accepted in model names and scripts."""

    ttft: float = 0.0  # seconds before the first token
    rate: float = 0.0  # tokens a second; 0 = unpaced
    n: int = 20  # tokens to produce (ignored when `text` is given)
    text: str = ""  # explicit text
    think: int = 0  # thinking tokens sent before the text
    fail: str = ""  # failure mode
    at: int = 5  # token index at which an in-stream failure strikes
    times: int = 0  # fail only this many times per `key` (0 = always)
    key: str = ""  # counter key for `times`
    retry_after: str = ""  # Retry-After header on failures
    tool: str = ""  # tool to call while the conversation holds no tool result
    args: str = "{}"  # its arguments, JSON
    script: str = ""  # name of a script set through /_ctl/scripts

    def update(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if name not in Scenario.__dataclass_fields__:
                continue
            kind = type(getattr(self, name))
            if kind is str and not isinstance(value, str):
                value = json.dumps(value)
            setattr(self, name, kind(value))

    def tokens(self) -> list[str]:
        if self.fail == "empty":
            return []
        if self.text:
            words = self.text.split(" ")
            return [w if i == 0 else " " + w for i, w in enumerate(words)]
        return [(" " if i else "") + WORDS[i % len(WORDS)] for i in range(self.n)]


class State:
    """Process-wide counters and configuration."""

    def __init__(self) -> None:
        self.initial = Scenario()
        self.reset()

    def reset(self) -> None:
        self.defaults = dataclasses.replace(self.initial)
        self.scripts: dict[str, list[dict[str, Any]]] = {}
        self.fail_counts: collections.Counter[str] = collections.Counter()
        self.counts: collections.Counter[str] = collections.Counter()
        self.seen_prefixes: set[str] = set()
        self.requests: collections.deque[dict[str, Any]] = collections.deque(maxlen=50)
        self.live = 0
        self.peak = 0

    def scenario(self, model: str) -> Scenario:
        sc = dataclasses.replace(self.defaults)
        overrides: dict[str, Any] = {}
        _, *pairs = model.split(";")
        for pair in pairs:
            name, _, value = pair.partition("=")
            overrides[name] = urllib.parse.unquote(value)
        script = self.scripts.get(str(overrides.get("script", sc.script)))
        if script:
            sc.update(script.pop(0) if len(script) > 1 else script[0])
        sc.update(overrides)
        if sc.fail and sc.times:
            key = sc.key or model
            if self.fail_counts[key] >= sc.times:
                sc.fail = ""
            else:
                self.fail_counts[key] += 1
        return sc


STATE = State()


class Upstream:
    """The response side of one request: streaming writes, resets and disconnect detection."""

    def __init__(self, request: Request) -> None:
        self.receive = request.receive
        self.cycle = request.scope.get(
            "fake.cycle"
        )  # uvicorn's RequestResponseCycle, None elsewhere
        self.send: Callable[[dict[str, Any]], Awaitable[None]] = request.scope["fake.send"]

    @property
    def gone(self) -> bool:
        return bool(getattr(self.cycle, "disconnected", False))

    async def start(self, content_type: str, extra: dict[str, str] | None = None) -> None:
        headers = {"content-type": content_type, "cache-control": "no-cache", **(extra or {})}
        raw = [(k.encode(), v.encode()) for k, v in headers.items()]
        await self.send({"type": "http.response.start", "status": 200, "headers": raw})

    async def write(self, data: bytes) -> None:
        await self.send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    def abort(self, *, rst: bool) -> None:
        """Drop the connection: with a TCP RST, or with a FIN and no terminating chunk."""
        transport = getattr(self.cycle, "transport", None)
        if transport is None:  # in-process ASGI transport: nothing to reset
            raise ConnectionResetError("fake upstream reset")
        sock = transport.get_extra_info("socket")
        if rst and sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()

    async def hang(self) -> None:
        """Stay silent until the client goes away."""
        while (await self.receive())["type"] != "http.disconnect":
            pass
        STATE.counts["client_disconnects"] += 1


class Done(Response):
    """Returned by handlers that already answered on the wire themselves."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        return None


async def paced(sc: Scenario, count: int, up: Upstream) -> AsyncIterator[int]:
    """Yield token indexes on an absolute schedule; stop early when the client has gone."""
    begin = time.monotonic() + sc.ttft
    step = 1 / sc.rate if sc.rate else 0.0
    for i in range(count):
        wait = begin + i * step - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        elif i % 16 == 15:
            await asyncio.sleep(0)
        if up.gone:
            STATE.counts["client_disconnects"] += 1
            raise ClientGone
        yield i


class ClientGone(Exception):
    pass


class StreamBroken(Exception):
    pass


def dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def count_tokens(value: Any) -> int:
    return max(1, len(json.dumps(value, default=str)) // 4)


class Wire:
    """One provider's formats. `begin`, `token`, `finish` return the bytes of the events to send."""

    content_type = "text/event-stream; charset=utf-8"
    tool_result_roles = ("tool",)

    def __init__(self, body: dict[str, Any], sc: Scenario) -> None:
        self.body, self.sc = body, sc
        self.model = body.get("model", "fake")
        self.id = hashlib.sha1(dumps(time.monotonic_ns())).hexdigest()[:20]
        self.in_tokens = count_tokens(body.get("messages", body.get("input", "")))
        self.calls_tool = bool(sc.tool) and not self.has_tool_result()
        self.tokens = [] if self.calls_tool else sc.tokens()
        self.thinking = [f" think{i}" for i in range(sc.think)]

    def has_tool_result(self) -> bool:
        return any(m.get("role") in self.tool_result_roles for m in self.body.get("messages", []))

    @property
    def out_tokens(self) -> int:
        return len(self.tokens) + len(self.thinking) + (10 if self.calls_tool else 0)

    def begin(self) -> bytes: ...
    def think(self, i: int) -> bytes: ...
    def token(self, i: int) -> bytes: ...
    def finish(self) -> bytes: ...
    def whole(self) -> dict[str, Any]: ...
    def error_event(self) -> bytes: ...
    @staticmethod
    def error_body(status: int, kind: str, message: str) -> dict[str, Any]: ...


class OpenAIChat(Wire):
    def __init__(self, body: dict[str, Any], sc: Scenario) -> None:
        super().__init__(body, sc)
        head = {
            "id": f"chatcmpl-{self.id}",
            "object": "chat.completion.chunk",
            "created": 1700000000,
            "model": self.model,
        }
        self._head = head
        self._prefix = (
            b"data: "
            + dumps(head)[:-1]
            + b',"choices":[{"index":0,"finish_reason":null,"delta":{"content":'
        )
        self._think_prefix = self._prefix.replace(b'"content":', b'"reasoning_content":')

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        return (
            b"data: "
            + dumps(
                {**self._head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
            )
            + b"\n\n"
        )

    def begin(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def think(self, i: int) -> bytes:
        return self._think_prefix + dumps(self.thinking[i]) + b"}}]}\n\n"

    def token(self, i: int) -> bytes:
        return self._prefix + dumps(self.tokens[i]) + b"}}]}\n\n"

    def _usage(self) -> dict[str, Any]:
        return {
            "prompt_tokens": self.in_tokens,
            "completion_tokens": self.out_tokens,
            "total_tokens": self.in_tokens + self.out_tokens,
            "prompt_tokens_details": {"cached_tokens": 0},
        }

    def _finish_reason(self) -> str:
        return {"length": "length", "filter": "content_filter"}.get(
            self.sc.fail, "tool_calls" if self.calls_tool else "stop"
        )

    def _call(self) -> dict[str, Any]:
        return {
            "id": f"call_{self.id[:12]}",
            "type": "function",
            "function": {"name": self.sc.tool, "arguments": self.sc.args},
        }

    def finish(self) -> bytes:
        out = b""
        if self.calls_tool:
            call = self._call()
            first = {"index": 0, **call, "function": {"name": self.sc.tool, "arguments": ""}}
            out += self._chunk({"tool_calls": [first]})
            for start in range(0, len(self.sc.args), 8):
                piece = self.sc.args[start : start + 8]
                out += self._chunk(
                    {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
                )
        out += self._chunk({}, self._finish_reason())
        if (self.body.get("stream_options") or {}).get(
            "include_usage"
        ) and self.sc.fail != "nousage":
            out += (
                b"data: " + dumps({**self._head, "choices": [], "usage": self._usage()}) + b"\n\n"
            )
        return out + b"data: [DONE]\n\n"

    def whole(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.tokens) or None}
        if self.calls_tool:
            message["tool_calls"] = [self._call()]
        return {
            **self._head,
            "object": "chat.completion",
            "usage": self._usage(),
            "choices": [{"index": 0, "message": message, "finish_reason": self._finish_reason()}],
        }

    def error_event(self) -> bytes:
        return (
            b"data: "
            + dumps(self.error_body(503, "server_error", "The server is overloaded"))
            + b"\n\n"
        )

    @staticmethod
    def error_body(status: int, kind: str, message: str) -> dict[str, Any]:
        code = {
            "quota": "insufficient_quota",
            "context": "context_length_exceeded",
            "429": "rate_limit_exceeded",
            "401": "invalid_api_key",
            "404": "model_not_found",
        }.get(kind)
        type_ = {"quota": "insufficient_quota", "429": "requests"}.get(
            kind, "server_error" if status >= 500 else "invalid_request_error"
        )
        return {"error": {"message": message, "type": type_, "param": None, "code": code}}


class OpenAIResponses(OpenAIChat):
    """Enough of the Responses API for text, function calls, usage and errors."""

    def __init__(self, body: dict[str, Any], sc: Scenario) -> None:
        super().__init__(body, sc)
        self._seq = 0

    def has_tool_result(self) -> bool:
        items = self.body.get("input")
        return isinstance(items, list) and any(
            i.get("type") == "function_call_output" for i in items
        )

    def _event(self, kind: str, **fields: Any) -> bytes:
        self._seq += 1
        return (
            b"event: "
            + kind.encode()
            + b"\ndata: "
            + dumps({"type": kind, "sequence_number": self._seq, **fields})
            + b"\n\n"
        )

    def _response(self, status: str, output: list[Any], usage: bool = False) -> dict[str, Any]:
        reason = (
            {"length": "max_output_tokens", "filter": "content_filter"}.get(self.sc.fail)
            if usage
            else None
        )
        status, usage = ("incomplete" if reason else status), usage and self.sc.fail != "nousage"
        return {
            "id": f"resp_{self.id}",
            "object": "response",
            "created_at": 1700000000,
            "status": status,
            "model": self.model,
            "output": output,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "error": None,
            "incomplete_details": {"reason": reason} if reason else None,
            "instructions": None,
            "metadata": {},
            "usage": {
                "input_tokens": self.in_tokens,
                "output_tokens": self.out_tokens,
                "total_tokens": self.in_tokens + self.out_tokens,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0},
            }
            if usage
            else None,
        }

    def _message(self, text: str, status: str) -> dict[str, Any]:
        content = [{"type": "output_text", "text": text, "annotations": []}] if text else []
        return {
            "id": f"msg_{self.id}",
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": content,
        }

    def _function_call(self, args: str, status: str) -> dict[str, Any]:
        return {
            "id": f"fc_{self.id}",
            "type": "function_call",
            "call_id": f"call_{self.id[:12]}",
            "name": self.sc.tool,
            "arguments": args,
            "status": status,
        }

    def begin(self) -> bytes:
        out = self._event("response.created", response=self._response("in_progress", []))
        if self.calls_tool:
            return out
        out += self._event(
            "response.output_item.added", output_index=0, item=self._message("", "in_progress")
        )
        return out + self._event(
            "response.content_part.added",
            item_id=f"msg_{self.id}",
            output_index=0,
            content_index=0,
            part={"type": "output_text", "text": "", "annotations": []},
        )

    def think(self, i: int) -> bytes:
        return b""

    def token(self, i: int) -> bytes:
        return self._event(
            "response.output_text.delta",
            item_id=f"msg_{self.id}",
            output_index=0,
            content_index=0,
            delta=self.tokens[i],
            logprobs=[],
        )

    def finish(self) -> bytes:
        out = b""
        if self.calls_tool:
            item_id = f"fc_{self.id}"
            out += self._event(
                "response.output_item.added",
                output_index=0,
                item=self._function_call("", "in_progress"),
            )
            out += self._event(
                "response.function_call_arguments.delta",
                item_id=item_id,
                output_index=0,
                delta=self.sc.args,
            )
            out += self._event(
                "response.function_call_arguments.done",
                item_id=item_id,
                output_index=0,
                arguments=self.sc.args,
                name=self.sc.tool,
            )
            item = self._function_call(self.sc.args, "completed")
        else:
            text = "".join(self.tokens)
            out += self._event(
                "response.output_text.done",
                item_id=f"msg_{self.id}",
                output_index=0,
                content_index=0,
                text=text,
                logprobs=[],
            )
            item = self._message(text, "completed")
        out += self._event("response.output_item.done", output_index=0, item=item)
        response = self._response("completed", [item], usage=True)
        return out + self._event(f"response.{response['status']}", response=response)

    def whole(self) -> dict[str, Any]:
        item = (
            self._function_call(self.sc.args, "completed")
            if self.calls_tool
            else self._message("".join(self.tokens), "completed")
        )
        return self._response("completed", [item], usage=True)

    def error_event(self) -> bytes:
        return self._event(
            "error", code="server_error", message="The server is overloaded", param=None
        )


class AnthropicMessages(Wire):
    def __init__(self, body: dict[str, Any], sc: Scenario) -> None:
        super().__init__(body, sc)
        self._index = 0
        self._open = ""
        # A crude prompt cache: system and tools are the cacheable prefix when anything carries cache_control.
        self.cached = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
        if '"cache_control"' in json.dumps(body):
            prefix = hashlib.sha1(
                json.dumps([body.get("system"), body.get("tools")], default=str).encode()
            ).hexdigest()
            size = count_tokens([body.get("system"), body.get("tools")])
            kind = (
                "cache_read_input_tokens"
                if prefix in STATE.seen_prefixes
                else "cache_creation_input_tokens"
            )
            STATE.seen_prefixes.add(prefix)
            self.cached[kind] = size

    def has_tool_result(self) -> bool:
        return any(
            isinstance(m.get("content"), list)
            and any(p.get("type") == "tool_result" for p in m["content"])
            for m in self.body.get("messages", [])
        )

    @staticmethod
    def _event(kind: str, **fields: Any) -> bytes:
        return b"event: " + kind.encode() + b"\ndata: " + dumps({"type": kind, **fields}) + b"\n\n"

    def _usage(self, out: int) -> dict[str, Any]:
        return {"input_tokens": self.in_tokens, "output_tokens": out, **self.cached}

    def begin(self) -> bytes:
        message = {
            "id": f"msg_{self.id}",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self._usage(1),
        }
        return self._event("message_start", message=message) + self._event("ping")

    def _switch(self, block: str) -> bytes:
        """Close the open content block, if another kind is wanted, and open that one."""
        if self._open == block:
            return b""
        out = self._close()
        start = {
            "text": {"type": "text", "text": ""},
            "thinking": {"type": "thinking", "thinking": "", "signature": ""},
            "tool_use": {
                "type": "tool_use",
                "id": f"toolu_{self.id}",
                "name": self.sc.tool,
                "input": {},
            },
        }[block]
        self._open = block
        return out + self._event("content_block_start", index=self._index, content_block=start)

    def _close(self) -> bytes:
        if not self._open:
            return b""
        out = self._event("content_block_stop", index=self._index)
        self._index += 1
        self._open = ""
        return out

    def think(self, i: int) -> bytes:
        return self._switch("thinking") + self._event(
            "content_block_delta",
            index=self._index,
            delta={"type": "thinking_delta", "thinking": self.thinking[i]},
        )

    def token(self, i: int) -> bytes:
        out = self._switch("text") if self._open != "text" else b""
        return (
            out + b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,'
            b'"delta":{"type":"text_delta","text":'
            % self._index
            + dumps(self.tokens[i])
            + b"}}\n\n"
        )

    def _stop(self) -> str:
        return {"length": "max_tokens", "filter": "refusal"}.get(
            self.sc.fail, "tool_use" if self.calls_tool else "end_turn"
        )

    def finish(self) -> bytes:
        out = b""
        if self.calls_tool:
            out += self._switch("tool_use")
            for start in range(0, len(self.sc.args), 8):
                out += self._event(
                    "content_block_delta",
                    index=self._index,
                    delta={
                        "type": "input_json_delta",
                        "partial_json": self.sc.args[start : start + 8],
                    },
                )
        out += self._close()
        out += self._event(
            "message_delta",
            delta={"stop_reason": self._stop(), "stop_sequence": None},
            usage=self._usage(self.out_tokens),
        )
        return out + self._event("message_stop")

    def whole(self) -> dict[str, Any]:
        content: list[dict[str, Any]] = (
            [{"type": "text", "text": "".join(self.tokens)}] if self.tokens else []
        )
        if self.calls_tool:
            content.append(
                {
                    "type": "tool_use",
                    "id": f"toolu_{self.id}",
                    "name": self.sc.tool,
                    "input": json.loads(self.sc.args),
                }
            )
        return {
            "id": f"msg_{self.id}",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": self._stop(),
            "stop_sequence": None,
            "usage": self._usage(self.out_tokens),
        }

    def error_event(self) -> bytes:
        return self._event("error", error={"type": "overloaded_error", "message": "Overloaded"})

    @staticmethod
    def error_body(status: int, kind: str, message: str) -> dict[str, Any]:
        types = {
            400: "invalid_request_error",
            401: "authentication_error",
            402: "billing_error",
            403: "permission_error",
            404: "not_found_error",
            413: "request_too_large",
            429: "rate_limit_error",
            504: "timeout_error",
            529: "overloaded_error",
        }
        return {
            "type": "error",
            "error": {"type": types.get(status, "api_error"), "message": message},
            "request_id": "req_fake",
        }


class OllamaChat(Wire):
    content_type = "application/x-ndjson"

    def _line(self, **fields: Any) -> bytes:
        return dumps({"model": self.model, "created_at": "2026-01-01T00:00:00Z", **fields}) + b"\n"

    def begin(self) -> bytes:
        return b""

    def think(self, i: int) -> bytes:
        return self._line(
            message={"role": "assistant", "content": "", "thinking": self.thinking[i]}, done=False
        )

    def token(self, i: int) -> bytes:
        return self._line(message={"role": "assistant", "content": self.tokens[i]}, done=False)

    def _stats(self) -> dict[str, Any]:
        return {
            "done": True,
            "done_reason": "length" if self.sc.fail == "length" else "stop",
            "total_duration": 1,
            "load_duration": 1,
            "prompt_eval_count": self.in_tokens,
            "prompt_eval_duration": 1,
            "eval_count": self.out_tokens,
            "eval_duration": 1,
        }

    def _call(self) -> list[dict[str, Any]]:
        return [{"function": {"name": self.sc.tool, "arguments": json.loads(self.sc.args)}}]

    def finish(self) -> bytes:
        out = b""
        if self.calls_tool:
            out += self._line(
                message={"role": "assistant", "content": "", "tool_calls": self._call()},
                done=False,
            )
        return out + self._line(message={"role": "assistant", "content": ""}, **self._stats())

    def whole(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.tokens)}
        if self.calls_tool:
            message["tool_calls"] = self._call()
        return {
            "model": self.model,
            "created_at": "2026-01-01T00:00:00Z",
            "message": message,
            **self._stats(),
        }

    def error_event(self) -> bytes:
        return dumps({"error": "model runner has unexpectedly stopped"}) + b"\n"

    @staticmethod
    def error_body(status: int, kind: str, message: str) -> dict[str, Any]:
        return {"error": message}


async def fail_before_body(wire: type[Wire], sc: Scenario, up: Upstream) -> Response | None:
    """The failures that strike before any token. None means: go on and answer."""
    fail = sc.fail
    headers = {"retry-after": sc.retry_after} if sc.retry_after else {}
    if fail.isdigit() and int(fail) in HTTP_FAILS:
        return JSONResponse(wire.error_body(int(fail), fail, f"fake {fail}"), int(fail), headers)
    if fail == "quota":
        if wire is AnthropicMessages:
            return JSONResponse(
                wire.error_body(
                    400, fail, "Your credit balance is too low to access the Anthropic API."
                ),
                400,
            )
        return JSONResponse(
            wire.error_body(
                429,
                fail,
                "You exceeded your current quota, please check your plan and billing details.",
            ),
            429,
            headers,
        )
    if fail == "context":
        return JSONResponse(
            wire.error_body(400, fail, "prompt is too long: 300000 tokens > 200000 maximum"), 400
        )
    if fail == "html":
        return Response("<html><body>Please sign in</body></html>", media_type="text/html")
    if fail == "hang":
        await up.hang()
        return Done()
    if fail in ("reset", "close"):
        up.abort(rst=fail == "reset")
        return Done()
    return None


async def strike(wire: Wire, sc: Scenario, up: Upstream) -> None:
    """The failures that strike in the middle of a stream."""
    match sc.fail:
        case "reset_mid":
            await asyncio.sleep(
                0.02
            )  # let what was written reach the client: an RST discards unread bytes
            up.abort(rst=True)
        case "close_mid":
            up.abort(rst=False)
        case "truncate":
            await up.end()
        case "error_mid":
            await up.write(wire.error_event())
            await up.end()
        case "hang_mid" | "hang_first":
            await up.hang()
        case "malformed":
            good = wire.token(sc.at)
            await up.write(good[: len(good) - 12] + b"\n\n")
            return
        case "badutf8":
            await up.write(wire.token(sc.at).replace(b'":"', b'":"\xff\xfe', 1))
            return
        case _:
            return
    raise StreamBroken


async def answer(request: Request, wire_type: type[Wire]) -> Response:
    body = await request.json()
    STATE.counts["requests"] += 1
    STATE.counts[f"requests:{wire_type.__name__}"] += 1
    kept = (
        "anthropic-beta",
        "x-stainless-retry-count",
        "user-agent",
        "authorization",
        "x-api-key",
        "traceparent",
    )
    headers = {k: v for k, v in request.headers.items() if k in kept}
    STATE.requests.append({"path": request.url.path, "body": body, "headers": headers})
    sc = STATE.scenario(str(body.get("model", "")))
    if sc.fail:
        STATE.counts[f"fail:{sc.fail}"] += 1
    up = Upstream(request)
    failed = await fail_before_body(wire_type, sc, up)
    if failed is not None:
        return failed
    wire = wire_type(body, sc)
    if body.get("stream", wire_type is OllamaChat):
        await stream_answer(wire, sc, up)
        return Done()
    return await whole_answer(wire, sc, up)


async def whole_answer(wire: Wire, sc: Scenario, up: Upstream) -> Response:
    if sc.fail in STREAM_FAILS:
        if sc.fail.startswith("hang"):
            await up.hang()
            return Done()
        if sc.fail in ("reset_mid", "close_mid"):
            up.abort(rst=sc.fail == "reset_mid")
            return Done()
        return JSONResponse(wire.error_body(500, "500", f"fake {sc.fail}"), 500)
    await asyncio.sleep(sc.ttft + (wire.out_tokens / sc.rate if sc.rate else 0))
    return JSONResponse(wire.whole())


async def stream_answer(wire: Wire, sc: Scenario, up: Upstream) -> None:
    STATE.live += 1
    STATE.peak = max(STATE.peak, STATE.live)
    try:
        await up.start(wire.content_type, {"x-request-id": wire.id})
        if first := wire.begin():
            await up.write(first)
        if sc.fail == "hang_first":
            await strike(wire, sc, up)
        thinking = len(wire.thinking)
        async for i in paced(sc, thinking + len(wire.tokens), up):
            if sc.fail in STREAM_FAILS and i == sc.at:
                await strike(wire, sc, up)
            data = wire.think(i) if i < thinking else wire.token(i - thinking)
            if data:
                await up.write(data)
            STATE.counts["tokens"] += 1
        await up.write(wire.finish())
        await up.end()
        STATE.counts["completed"] += 1
    except (ClientGone, StreamBroken):
        pass
    finally:
        STATE.live -= 1


def embed(text: str, size: int) -> list[float]:
    """A deterministic unit vector; texts that share words are nearer."""
    vector = [0.0] * size
    for word in text.lower().split() or [""]:
        digest = hashlib.sha256(word.encode()).digest()
        for j in range(0, 32, 4):
            slot = int.from_bytes(digest[j : j + 3], "big") % size
            vector[slot] += 1.0 if digest[j + 3] & 1 else -1.0
    norm = math.sqrt(sum(x * x for x in vector)) or 1.0
    return [x / norm for x in vector]


async def embeddings(request: Request) -> Response:
    body = await request.json()
    STATE.counts["requests"] += 1
    inputs = body.get("input", "")
    inputs = [inputs] if isinstance(inputs, str) else inputs
    vectors = [embed(str(text), int(body.get("dimensions") or 64)) for text in inputs]
    used = sum(count_tokens(t) for t in inputs)
    if request.url.path == "/api/embed":
        return JSONResponse(
            {"model": body.get("model"), "embeddings": vectors, "prompt_eval_count": used}
        )
    if body.get("encoding_format") == "base64":
        import base64

        data: list[Any] = [
            base64.b64encode(struct.pack(f"<{len(v)}f", *v)).decode() for v in vectors
        ]
    else:
        data = vectors
    return JSONResponse(
        {
            "object": "list",
            "model": body.get("model"),
            "usage": {"prompt_tokens": used, "total_tokens": used},
            "data": [
                {"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(data)
            ],
        }
    )


def endpoint(wire_type: type[Wire]) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        return await answer(request, wire_type)

    return handle


async def models(request: Request) -> Response:
    return JSONResponse(
        {
            "object": "list",
            "data": [{"id": "fake", "object": "model", "created": 1, "owned_by": "fake"}],
        }
    )


async def tags(request: Request) -> Response:
    return JSONResponse(
        {
            "models": [
                {
                    "name": "fake",
                    "model": "fake",
                    "size": 1,
                    "digest": "0",
                    "details": {"family": "fake"},
                }
            ]
        }
    )


async def stats(request: Request) -> Response:
    return JSONResponse({**STATE.counts, "live": STATE.live, "peak": STATE.peak})


async def reset(request: Request) -> Response:
    STATE.reset()
    return Response(status_code=204)


async def set_defaults(request: Request) -> Response:
    STATE.defaults.update(await request.json())
    return JSONResponse(dataclasses.asdict(STATE.defaults))


async def set_script(request: Request) -> Response:
    STATE.scripts[request.path_params["key"]] = list(await request.json())
    return Response(status_code=204)


async def last_requests(request: Request) -> Response:
    return JSONResponse(list(STATE.requests))


async def anthropic_count(request: Request) -> Response:
    return JSONResponse({"input_tokens": count_tokens((await request.json()).get("messages"))})


starlette_app = Starlette(
    routes=[
        Route("/v1/chat/completions", endpoint(OpenAIChat), methods=["POST"]),
        Route("/v1/responses", endpoint(OpenAIResponses), methods=["POST"]),
        Route("/v1/messages", endpoint(AnthropicMessages), methods=["POST"]),
        Route("/v1/messages/count_tokens", anthropic_count, methods=["POST"]),
        Route("/api/chat", endpoint(OllamaChat), methods=["POST"]),
        Route("/v1/embeddings", embeddings, methods=["POST"]),
        Route("/api/embed", embeddings, methods=["POST"]),
        Route("/v1/models", models),
        Route("/api/tags", tags),
        Route("/api/version", lambda request: JSONResponse({"version": "0.0.0-fake"})),
        Route("/_ctl/stats", stats),
        Route("/_ctl/reset", reset, methods=["POST"]),
        Route("/_ctl/defaults", set_defaults, methods=["PUT"]),
        Route("/_ctl/scripts/{key}", set_script, methods=["PUT"]),
        Route("/_ctl/requests", last_requests),
    ]
)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Keep the server's own `send` (Starlette wraps it), so streams can write and reset directly."""
    if scope["type"] == "http":
        scope["fake.send"] = send
        scope["fake.cycle"] = getattr(send, "__self__", None)
    await starlette_app(scope, receive, send)


def main() -> None:
    import uvicorn

    parser = argparse.ArgumentParser(
        description="Fake LLM upstream (OpenAI, Anthropic, Ollama wire formats)"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8999)
    parser.add_argument("--fd", type=int, help="a listening socket to serve, instead of a port")
    parser.add_argument("--ttft", type=float, default=0.0, help="seconds to the first token")
    parser.add_argument("--rate", type=float, default=0.0, help="tokens a second, 0 = unpaced")
    parser.add_argument("--tokens", type=int, default=20)
    args = parser.parse_args()
    STATE.initial.update({"ttft": args.ttft, "rate": args.rate, "n": args.tokens})
    STATE.reset()
    config = uvicorn.Config(
        app,
        host=args.host,
        port=args.port,
        log_level="warning",
        access_log=False,
        backlog=4096,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    listeners = None if args.fd is None else [socket.socket(fileno=args.fd)]
    uvicorn.Server(config).run(sockets=listeners)


if __name__ == "__main__":
    main()
