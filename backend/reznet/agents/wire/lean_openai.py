"""OpenAI's client with a cheaper way from a streamed chunk's JSON to its object."""

import httpx2
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk
from pydantic import ValidationError


class LeanOpenAI(AsyncOpenAI):
    """Reads well-formed chunks by pydantic's own validation.

    The library builds them field by field in Python, to take whatever servers send: 53 µs a token
    against 3. What does not validate still goes that way.
    """

    def _process_response_data[ResponseT](
        self, *, data: object, cast_to: type[ResponseT], response: httpx2.Response
    ) -> ResponseT:
        if cast_to is ChatCompletionChunk:
            try:
                return cast_to.model_validate(data)
            except ValidationError:
                pass  # an odd server, see above
        return super()._process_response_data(data=data, cast_to=cast_to, response=response)
