"""Waits of an answer end in time, and only those that are over."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from reznet.agents.limits import Limits, Overdue


@pytest.fixture
async def limits() -> AsyncIterator[Limits]:
    limits = Limits()
    yield limits
    limits.close()


async def never() -> None:
    await asyncio.get_running_loop().create_future()


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_wait_that_takes_too_long_ends_and_the_task_goes_on(limits: Limits) -> None:
    for _ in range(2):
        with pytest.raises(Overdue):
            await limits.wait(never(), now() + 0.01)
    await asyncio.sleep(0)  # nothing is left that would cancel it
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_the_timer_of_one_wait_does_not_end_the_next(limits: Limits) -> None:
    first = now() + 0.02
    await limits.wait(asyncio.sleep(0), first)

    async def past_the_first() -> str:
        while now() < first + 0.02:
            await asyncio.sleep(0.005)
        return "whole"

    assert await limits.wait(past_the_first(), now() + 60) == "whole"
    with pytest.raises(Overdue):  # a shorter limit holds, too
        await limits.wait(never(), now() + 0.01)


async def test_what_the_work_raises_is_passed_on(limits: Limits) -> None:
    async def fail() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await limits.wait(fail(), now() + 60)


async def test_a_wait_can_be_ended(limits: Limits) -> None:
    limits.end()  # nobody waits
    asyncio.get_running_loop().call_soon(limits.end)
    with pytest.raises(Overdue):
        await limits.wait(never(), now() + 60)


async def test_who_cancels_the_task_is_obeyed(limits: Limits) -> None:
    async def wait() -> None:
        await limits.wait(never(), now() + 60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    limits.end()
    with pytest.raises(asyncio.CancelledError):
        await task
