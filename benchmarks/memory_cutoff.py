"""What runs are told of memory, and what they are spared: `python benchmarks/memory_cutoff.py --data FILE`.

Each conversation of the file becomes one agent's memory. It is asked questions about the conversation, about another
one, and for things that have nothing to do with either, and what the product's recall would tell its model is counted.
See README.md for the format of the file.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

from memory_recall import Figures, KeptVectors, new_agent, store
from servers import databases

from reznet.agents.recollections import MOST_MEMORIES
from reznet.core.clock import now
from reznet.core.config import load_settings
from reznet.core.ids import new_id
from reznet.main import Runtime, prepare_database
from reznet.repositories import agents
from reznet.schemas.channels import ChannelCreate, ChannelOut
from reznet.schemas.messages import Author, AuthorKind, MessageOut, MessageStatus
from reznet.schemas.runs import Claim, RunContext
from reznet.schemas.tasks import TaskOut
from reznet.services import channels
from reznet.services.ports import LOCAL_USER, Ports
from reznet.services.recall import ask, recall
from reznet.services.recall_query import query_of

OTHER_REQUESTS = """
hello
Hi there!
good morning
thanks, that's great
write a haiku
Write a short poem about autumn leaves.
What is 17 times 23?
Translate "good night" into French.
Explain how a B-tree index works.
Write a Python function that reverses a string.
What's the capital of Australia?
Summarize the plot of Hamlet.
How do I center a div in CSS?
Draft a polite email declining a meeting.
What is the difference between TCP and UDP?
Give me three names for a coffee shop.
Fix this: def f(x) return x+1
Who won the world cup in 1998?
Convert 5 miles to kilometers.
What does HTTP 409 mean?
Please review this pull request for race conditions.
Tell me a joke.
How many days are in a leap year?
Write a SQL query that counts rows per day.
What is the boiling point of water at altitude?
Suggest a regex for e-mail addresses.
Explain monads to a child.
List the planets of the solar system.
How do I make sourdough bread?
Deploy the new build to staging.
What time zone is Tokyo in?
Compare PostgreSQL and MySQL.
Rewrite this sentence in the passive voice: The cat ate the fish.
What is the meaning of life?
Generate a random password.
Refactor the login module to use async.
Which library parses YAML in Go?
Why is the sky blue?
Create a meeting agenda for Monday.
Roll a dice.
""".strip().splitlines()
EVERY_QUESTION, EVERY_FOREIGN = 2, 6  # of which one is asked


class Listener:
    """An agent that has heard one conversation."""

    def __init__(
        self, runtime: Runtime, ports: Ports, run: RunContext, turn_of: dict[UUID, str]
    ) -> None:
        self._runtime = runtime
        self._ports = ports
        self._run = run
        self._turn_of = turn_of

    async def told(self, request: str) -> list[str]:
        """Return the turns that the agent is told of when it is asked this."""
        query = query_of(_message(request), (), self._run.agent.id)
        asked = None if query is None else await ask(self._ports, query)
        async with self._runtime.database.read() as session:
            found = await recall(session, self._run, query, asked)
        return [self._turn_of[one.memory.id] for one in found[:MOST_MEMORIES]]


def main() -> None:
    arguments = _arguments()
    data = json.loads(arguments.data.read_text())
    data = dict(list(data.items())[: arguments.conversations])
    with ExitStack() as stack:
        (url,) = stack.enter_context(databases(arguments.database_url, ["cutoff"]))
        prepare_database(url)
        asyncio.run(_measure(url, data, arguments))


async def _measure(url: str, data: dict[str, Any], arguments: argparse.Namespace) -> None:
    settings = load_settings(
        {**os.environ, "DATABASE_URL": url, "REZNET_EMBEDDER": arguments.embedder},
        env_file=Path("no.env"),
    )
    runtime = Runtime(settings, url)  # not started: it runs no agents
    ports = runtime.ports
    if arguments.vectors is not None and ports.embedder is not None:
        kept = KeptVectors(ports.embedder, arguments.vectors)
        ports = Ports(
            ports.settings, ports.bus, ports.cache, ports.queue, ports.models, embedder=kept
        )
    told: dict[str, list[int]] = defaultdict(list)
    evidence: list[float] = []
    names = list(data)
    try:
        for place, name in enumerate(names):
            sys.stderr.write(f"{name} ({place + 1} of {len(names)}) …\n")
            listener = await _listener(runtime, ports, place, data[name]["turns"])
            for question in data[name]["questions"][::EVERY_QUESTION]:
                found = await listener.told(question["question"])
                wanted = set(question["evidence"])
                told["about the conversation"].append(len(found))
                evidence.append(100 * len(wanted & set(found)) / len(wanted))
            for request in OTHER_REQUESTS:
                told["other requests"].append(len(await listener.told(request)))
            for question in data[names[place - 1]]["questions"][::EVERY_FOREIGN]:
                told["about another one"].append(len(await listener.told(question["question"])))
    finally:
        await runtime.database.aclose()
        if ports.embedder is not None:
            await ports.embedder.aclose()
        runtime.queue.close()
    _print(told, evidence)


async def _listener(
    runtime: Runtime, ports: Ports, number: int, turns: Sequence[dict[str, Any]]
) -> Listener:
    agent_id = await new_agent(runtime, ports, f"Listener {number}")
    turn_of = await store(runtime, ports, agent_id, turns, Figures())
    async with runtime.database.write() as session:
        body = ChannelCreate(name=f"room-{number}")
        channel, _ = await channels.create(session, ports, LOCAL_USER, body)
        agent = await agents.get(session, agent_id)
    assert agent is not None
    run = RunContext(
        claim=Claim(new_id(), new_id(), channel.id, 1),
        task=TaskOut.model_construct(),  # recall does not look at it
        agent=agent,
        channel=ChannelOut.model_validate(channel),
        request=_message(""),
        history=(),
        roster=(),
    )
    return Listener(runtime, ports, run, turn_of)


def _message(content: str) -> MessageOut:
    return MessageOut.model_construct(
        content=content,
        author=Author(kind=AuthorKind.USER, id=LOCAL_USER.user_id, name=LOCAL_USER.name),
        status=MessageStatus.COMPLETE,
        mentions=(),
        created_at=now(),
    )


def _print(told: dict[str, list[int]], evidence: Sequence[float]) -> None:
    print(f"{'requests':26}{'number':>8}{'told something':>16}{'memories':>10}")
    for kind, counts in told.items():
        share = 100 * sum(count > 0 for count in counts) / len(counts)
        print(f"{kind:26}{len(counts):>8}{share:>14.1f} %{statistics.fmean(counts):>10.2f}")
    print(f"\nevidence that is told   {statistics.fmean(evidence):6.1f} %")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Counts what recall tells and what it does not.")
    parser.add_argument("--data", type=Path, required=True, help="conversations with questions")
    parser.add_argument("--conversations", type=int, default=4, help="how many of them")
    parser.add_argument("--embedder", default="local", help="as REZNET_EMBEDDER")
    parser.add_argument(
        "--vectors", type=Path, help="a file to keep vectors in, for trying things out"
    )
    parser.add_argument(
        "--database-url", help="a PostgreSQL of your own; default: an embedded one"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
