"""Measures what one streamed call to a model costs this process: read by our own code, and through the libraries.

    .venv/bin/python benchmarks/calls.py

Prints the processor time to open a call and end it, and that of one word: when words come together, and when
twenty answers come at once, each with a hundred words a second.
"""

import asyncio
import time
from pathlib import Path

import servers
import uvloop

from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import ModelRef, Shape
from reznet.core.config import load_settings

_ROUNDS = 3
# Answers in a given form still go through the libraries; the fake model does not look at it.
_FORM = Shape("answer", {"type": "object", "properties": {}})


async def _answer(client: LLMClient, model: str, shape: Shape | None) -> None:
    ref = ModelRef("openai", model, temperature=0.5, max_tokens=1000)
    async with client.stream("How are you?", system="Be kind.", model=ref, shape=shape) as events:
        async for _ in events:
            pass


async def _ms(
    client: LLMClient, shape: Shape | None, model: str, answers: int, at_once: int = 1
) -> float:
    """Return the processor time of one answer; the first is not counted."""
    await _answer(client, model, shape)
    before = time.process_time()
    for _ in range(answers // at_once):
        await asyncio.gather(*(_answer(client, model, shape) for _ in range(at_once)))
    return (time.process_time() - before) / answers * 1000


async def _measure(url: str, name: str, shape: Shape | None) -> None:
    variables = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
    client = LLMClient(load_settings(variables, env_file=Path("no.env")))
    await client.warm()
    for _ in range(_ROUNDS):
        call = await _ms(client, shape, "fake;n=1", 60)
        together = (await _ms(client, shape, "fake;n=400", 10) - call) / 399
        alone = (await _ms(client, shape, "fake;n=100;rate=100", 40, 20) - call) / 99
        print(
            f"{name:10} {call:5.2f} ms a call, {together * 1000:6.1f} µs a word of many, "
            f"{alone * 1000:6.1f} µs a word alone"
        )
    await client.aclose()


def main() -> None:
    """Measure both ways."""
    with servers.fake_model() as url:
        uvloop.run(_measure(url, "ours", None))
        uvloop.run(_measure(url, "libraries", _FORM))


if __name__ == "__main__":
    main()
