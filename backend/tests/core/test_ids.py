"""Identifiers rise, whoever makes them."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest

from reznet.core import ids
from reznet.core.ids import new_id


def test_an_id_is_a_uuid_of_version_7_with_the_present_time() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert (made.version, made.variant) == (7, RFC_4122)
    # Ids of a busy moment may run a little ahead of the clock.
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1_000


def test_ids_rise_as_numbers_and_as_text() -> None:
    made = [new_id() for _ in range(20_000)]
    assert all(one < other and str(one) < str(other) for one, other in pairwise(made))
    assert {one.version for one in made} == {7}


def test_ids_of_many_threads_are_different_and_rise_in_each() -> None:
    def some(_: int) -> list[UUID]:
        return [new_id() for _ in range(2_000)]

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(some, range(8)))
    assert len({one for batch in made for one in batch}) == 16_000
    assert all(one < other for batch in made for one, other in pairwise(batch))


def test_ids_rise_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 0)
    made = [before, *(new_id() for _ in range(1_000))]
    assert all(one < other for one, other in pairwise(made))
    assert all(one.version == 7 and one.variant == RFC_4122 for one in made)


def test_ids_cannot_be_guessed_from_the_one_before() -> None:
    made = [new_id().int for _ in range(1_000)]
    assert len({other - one for one, other in pairwise(made)}) > 900
