"""Reads a streamed answer of OpenAI's chat protocol: bytes go in, text comes out. No I/O.

It reads what the library reads (`calls.StreamedCall`, see docs/decisions/own-reading-of-answers.md), and
takes as little: a server-sent event may be cut anywhere, fields may be missing, null or of another type.
"""

import json
from collections.abc import Mapping
from typing import Literal, TypeGuard, cast

import orjson

# A real event has some hundred bytes; one that never ends must not fill the memory.
LONGEST_EVENT = 1024 * 1024
# Fields of a piece that hold no text of the answer: thoughts, under the names that servers give them, and calls.
_OTHER_DEEDS = ("reasoning_content", "reasoning", "tool_calls")


class ServiceError(Exception):
    """The service reported an error in the middle of its answer; `body` is the error as it stands there."""

    def __init__(self, body: object) -> None:
        message = body.get("message") if _is_object(body) else None
        super().__init__(message if isinstance(message, str) else "")
        self.body = body


class ChatEvents:
    """What one answer's events have said so far.

    `failure` is set once the stream can't be read on, `is_done` once it said that it is over; what is fed
    after that is not looked at. `usage` is the last chunk that counted tokens, as it came.
    """

    def __init__(
        self, *, thinking_tags: tuple[str, str] | None = None, skips_leading_space: bool = False
    ) -> None:
        """Begin an answer.

        A piece that is one of the `thinking_tags` begins or ends thoughts. With `skips_leading_space`, blank
        pieces before the first text, and before the first after such thoughts, are no text.
        """
        self._opens, self._closes = thinking_tags or (None, None)
        self._skips_space = skips_leading_space
        self._before_text = True
        self._thinks = False
        self._refused = False
        self._reason: object = None
        # The event that has begun: a line without its end, in the parts that came, and the lines before it.
        self._line: list[bytes] = []
        self._line_size = 0
        self._data: list[bytes] = []
        self._size = 0
        self._after_return = False
        self.has_begun = False
        self.is_done = False
        self.failure: Exception | None = None
        self.usage: Mapping[str, object] | None = None

    @property
    def finish(self) -> Literal["stop", "length", "filter", "truncated"]:
        """Why the answer ended; a stream that does not say so was cut off."""
        if self._refused or self._reason == "content_filter":
            return "filter"
        if self._reason == "length":
            return "length"
        return "stop" if self._reason else "truncated"

    def feed(self, data: bytes) -> str | None:
        """Return the text of all events that end in these bytes.

        It is "" if the model did something else, such as think, and None if it did nothing.
        """
        if not data or self.is_done or self.failure is not None:
            return None
        said: list[str] = []
        try:
            for line in self._lines(data):
                if line.startswith(b"data:"):
                    self._data.append(line[5:])
                    self._size += len(line)
                elif not line and self._data:
                    self._end_event(said)
                    if self.is_done:
                        break
                # All else is a comment, or a field that says nothing about the text.
            if self._size + self._line_size > LONGEST_EVENT:
                raise ValueError("an event has no end")
        except (ValueError, RecursionError, ServiceError) as error:
            is_deep = isinstance(error, RecursionError)
            self.failure = ValueError("a chunk is nested too deep") if is_deep else error
            self._line, self._data = [], []
        return "".join(said) if said else None

    def _lines(self, data: bytes) -> list[bytes]:
        """Return the lines that are whole now. They end in LF, CR or both."""
        if self._after_return and data.startswith(b"\n"):
            data = data[1:]
        self._after_return = data.endswith(b"\r")
        *lines, rest = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if lines:
            lines[0] = b"".join((*self._line, lines[0]))
            self._line, self._line_size = [], 0
        if rest:
            self._line.append(rest)
            self._line_size += len(rest)
        return lines

    def _end_event(self, said: list[str]) -> None:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data, self._size = [], 0
        data = data.strip()
        if data.startswith(b"[DONE]"):
            self.is_done = True
        elif data:
            self._read(_object_of(data), said)

    def _read(self, chunk: Mapping[str, object], said: list[str]) -> None:
        if error := chunk.get("error"):
            raise ServiceError(error)
        self.has_begun = True
        if chunk.get("usage"):
            self.usage = chunk
        choice = _first_of(chunk.get("choices"))
        if not _is_object(choice):
            return
        if reason := choice.get("finish_reason"):
            self._reason = reason
        delta = choice.get("delta")
        if not _is_object(delta):
            return
        if delta.get("refusal"):
            self._refused = True
            said.append("")
            return
        if text := _text_of(delta.get("content")):
            self._say(text, said)
        elif any(delta.get(field) for field in _OTHER_DEEDS):
            said.append("")

    def _say(self, text: str, said: list[str]) -> None:
        """Take text that is an answer; tags of thoughts come as pieces of their own."""
        if text == self._opens:
            self._thinks = True
            said.append("")
        elif self._thinks:
            if text == self._closes:
                self._thinks, self._before_text = False, True
            said.append("")
        elif not (self._skips_space and self._before_text and text.isspace()):
            self._before_text = False
            said.append(text)


def _object_of(data: bytes) -> Mapping[str, object]:
    try:
        read: object = orjson.loads(data)
    except orjson.JSONDecodeError:
        # Half a surrogate pair or a NaN is not JSON, but servers send them.
        read = json.loads(data.decode())
    if not _is_object(read):
        raise ValueError("a chunk is not an object")
    return read


def _first_of(values: object) -> object:
    return cast("list[object]", values)[0] if isinstance(values, list) and values else None


def _text_of(content: object) -> str:
    """Return the text of a piece; some servers send it as a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(map(_text_of_part, cast("list[object]", content)))


def _text_of_part(part: object) -> str:
    if isinstance(part, str):
        return part
    text = part.get("text") if _is_object(part) and part.get("type") == "text" else None
    return text if isinstance(text, str) else ""


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)
