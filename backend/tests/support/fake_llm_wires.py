"""The wire formats of the fake upstream: their common base, Anthropic and Ollama."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

from fake_llm_scenarios import STATE, Scenario, count_tokens, dumps


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
