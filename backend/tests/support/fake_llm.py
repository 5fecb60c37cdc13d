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
    GET  /_ctl/marked           every request whose last turn holds `mark-…`: the mark, when it began and ended
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
import dataclasses
import hashlib
import math
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from fake_llm_openai import OpenAIChat, OpenAIResponses
from fake_llm_scenarios import HTTP_FAILS, STATE, STREAM_FAILS, Scenario, count_tokens
from fake_llm_wires import AnthropicMessages, OllamaChat, Wire
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


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
    marked = STATE.mark(body)
    sc = STATE.scenario(str(body.get("model", "")))
    if sc.fail:
        STATE.counts[f"fail:{sc.fail}"] += 1
    up = Upstream(request)
    failed = await fail_before_body(wire_type, sc, up)
    if failed is not None:
        return failed
    wire = wire_type(body, sc)
    if body.get("stream", wire_type is OllamaChat):
        if await stream_answer(wire, sc, up) and marked is not None:
            marked["ended"] = time.time()
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


async def stream_answer(wire: Wire, sc: Scenario, up: Upstream) -> bool:
    """Stream the answer; return whether it came to its end."""
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
        return False
    finally:
        STATE.live -= 1
    return True


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


async def marked_requests(request: Request) -> Response:
    return JSONResponse(STATE.marked)


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
        Route("/_ctl/marked", marked_requests),
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
