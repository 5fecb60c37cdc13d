"""The wire formats of the fake upstream: OpenAI's, chat completions and responses."""

from __future__ import annotations

from typing import Any

from fake_llm_scenarios import Scenario, dumps
from fake_llm_wires import Wire


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
