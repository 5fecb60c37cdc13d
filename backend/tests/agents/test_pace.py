"""Many answers at once are read at intervals, few as they come, and none waits to begin."""

import asyncio
from contextlib import ExitStack

from reznet.agents.pace import Pace, Reading


async def _begun(pace: Pace, stack: ExitStack, number: int) -> list[Reading]:
    readings = [stack.enter_context(Reading(pace)) for _ in range(number)]
    for reading in readings:
        await reading.rest()
    return readings


async def test_few_answers_are_read_as_they_come() -> None:
    pace = Pace()
    with ExitStack() as stack:
        await _begun(pace, stack, 20)
        assert pace.seconds == 0


async def test_the_interval_grows_with_the_answers_up_to_a_limit() -> None:
    pace = Pace()
    with ExitStack() as stack:
        await _begun(pace, stack, 50)
        at_fifty = pace.seconds
        await _begun(pace, stack, 50)
        assert 0 < at_fifty < pace.seconds
        await _begun(pace, stack, 500)
        assert pace.seconds == 0.15
    assert pace.streams == 0


async def test_an_answer_that_has_not_begun_does_not_count() -> None:
    pace = Pace()
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(Reading(pace))
        assert pace.seconds == 0
    assert pace.streams == 0


async def test_the_first_piece_and_those_of_the_same_read_are_not_held_back() -> None:
    pace = Pace()
    pace.streams = 100
    loop = asyncio.get_running_loop()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = loop.create_task(count())
    await asyncio.sleep(0)
    with Reading(pace) as reading:
        before = turns
        await reading.rest()
        await reading.rest()
        assert turns == before  # it gave no turn away
        reading._piece_at = loop.time() - 1  # the next piece had to be waited for  # pyright: ignore[reportPrivateUsage]
        await reading.rest()
        assert turns > before
    counting.cancel()
