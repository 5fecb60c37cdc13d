"""A client that comes back, also to a server that was started anew meanwhile."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.cases.conftest import variables
from tests.cases.place import Place
from tests.support.app import settings_for
from tests.support.served import served
from tests.support.sockets import Client, rising
from tests.support.upstream import FakeUpstream


@pytest.fixture
def serve(
    database_url: str, folder: Path, upstream: FakeUpstream
) -> Callable[[], AbstractContextManager[str]]:
    """Return what serves the same workspace each time."""
    return lambda: served(settings_for(database_url, folder, **variables(upstream)))


def texts(client: Client) -> list[str]:
    return [data["message"]["content"] for data in client.of("message_sent")]


async def test_what_was_said_meanwhile_comes_once_and_in_order_after_a_restart(
    serve: Callable[[], AbstractContextManager[str]], database_url: str
) -> None:
    with serve() as address:
        async with Place.at(address, database_url) as place:
            one, two = await place.channel(), await place.channel()
            ann = await place.listener(one, two)
            await place.say(one, "seen")
            await ann.until(lambda: texts(ann) == ["seen"])
            last = max(ann.event_ids())
            await ann.sio.disconnect()
            await place.say(one, "missed 1")
            await place.say(two, "missed 2")
    with serve() as address:
        async with Place.at(address, database_url) as place:
            await place.say(one, "missed 3")
            back = await place.listener()
            for channel in (one, two, one):  # joining twice makes no event come twice
                join = {"channel_id": channel["id"], "last_event_id": last}
                if channel is one and back.event_ids():
                    join["last_event_id"] = max(back.event_ids())
                ack = await back.call("join_channel", join)
                assert ack["ok"], ack
                assert not ack["refetch"]
            await place.say(one, "new 1")
            await place.say(two, "new 2")
            await back.until(lambda: {"new 1", "new 2"} <= set(texts(back)))
            in_one = [t for t in texts(back) if t in {"missed 1", "missed 3", "new 1"}]
            in_two = [t for t in texts(back) if t in {"missed 2", "new 2"}]
            assert (in_one, in_two) == (["missed 1", "missed 3", "new 1"], ["missed 2", "new 2"])
            assert len(texts(back)) == 5
            for channel in (one, two):
                of_it = [d["event_id"] for _, d in back.heard if d["channel_id"] == channel["id"]]
                assert rising(of_it)


async def test_who_came_late_sees_what_the_others_saw(
    serve: Callable[[], AbstractContextManager[str]], database_url: str
) -> None:
    with serve() as address:
        async with Place.at(address, database_url) as place:
            channel, agent = await place.channel(), await place.agent("fake;rate=40;n=40")
            ann = await place.listener(channel)
            task = await place.ask(channel, agent)
            await ann.until(lambda: len(ann.of("message_delta")) >= 3)
            late = await place.listener(channel)
            answer = await place.answer(task)
            for client in (ann, late):
                await client.until(
                    lambda client=client: any(
                        d["message"]["status"] == "complete" for d in client.of("message_updated")
                    )
                )
                assert client.of("message_updated")[-1]["message"]["content"] == answer["content"]
            first = late.of("message_delta")[0]
            so_far = answer["content"][: first["offset"]]
            rest = "".join(d["text"] for d in late.of("message_delta"))
            assert so_far + rest == answer["content"]
