"""The search among many messages, and what it costs a post: `python benchmarks/search.py` (or `make bench-search`).

Seeds a workspace straight into the database, asks the running product for typical queries, one after the other, and
inserts rows with and without what the search needs. See README.md.
"""

import argparse
import statistics
import sys
import time
from contextlib import ExitStack

import httpx
import psutil
import psycopg
from report import percentile
from seed import seed, texts
from servers import cpu_seconds, databases, product

TARGET_MS = 100
# What people look for: frequent and rare words, several, beginnings, phrases, signs, other scripts, operators.
QUERIES = [
    "the",
    "deploy",
    "deploying servers",
    "dep",
    "baki",
    "bakide lomu",
    "zzz-not-there",
    '"user request"',
    '"need there has use"',
    "user_id",
    "C++",
    "std::vector",
    "src/core/text.py",
    "größe",
    "検索",
    "数据库",
    "서버",
    "%",
    "timeout -retry",
    "from:me deploy",
    "from:backend index",
    "from:qa",
    "in:general cache",
    "in:general from:devops lock",
    "queue before:2030-01-01",
    "on:today",
    "after:2020 stream",
]
_COLUMNS = "id, channel_id, author_kind, author_name, content, status, attempt, mentions, metadata, created_at, updated_at"


def main() -> None:
    arguments = _arguments()
    with ExitStack() as stack:
        urls = stack.enter_context(databases(arguments.database_url, ["search", "posts"]))
        server = stack.enter_context(product(urls[0], "http://127.0.0.1:9/v1"))
        client = stack.enter_context(
            httpx.Client(base_url=f"{server.url}/api", timeout=60, trust_env=False)
        )
        channels = client.get("/channels").json()
        _say(f"writing {arguments.messages:,} messages")
        seed(urls[0], channels[0]["id"], arguments.messages)
        rows: list[tuple[str, str]] = []
        for sort in ("newest", "relevance"):
            rows += _ask(client, sort, arguments.rounds)
        _say("inserting")
        stack.enter_context(product(urls[1], "http://127.0.0.1:9/v1"))
        rows += _insert(urls[1], arguments.inserts)
    width = max(len(name) for name, _ in rows)
    print(
        f"{arguments.messages:,} messages, {arguments.rounds} rounds of {len(QUERIES)} queries\n"
    )
    print("\n".join(f"{name.ljust(width)}  {value}" for name, value in rows))


def _ask(client: httpx.Client, sort: str, rounds: int) -> list[tuple[str, str]]:
    _say(f"asking, {sort} first")
    times: dict[str, list[float]] = {query: [] for query in QUERIES}
    for number in range(rounds + 1):
        for query in QUERIES:
            began = time.perf_counter()
            answer = client.get("/search", params={"q": query, "sort": sort, "limit": 20})
            answer.raise_for_status()
            if number:  # the first round fills caches
                times[query].append(1000 * (time.perf_counter() - began))
    every = [value for values in times.values() for value in values]
    p95 = percentile(every, 95)
    slowest = sorted(times, key=lambda query: statistics.median(times[query]))[-3:]
    return [
        (f"search, {sort} first, p50", f"{percentile(every, 50):.1f} ms"),
        (
            f"search, {sort} first, p95",
            f"{p95:.1f} ms  (< {TARGET_MS}: {'pass' if p95 < TARGET_MS else 'MISS'})",
        ),
        *(
            (f"  slowest, {sort}: {query}", f"{statistics.median(times[query]):.1f} ms")
            for query in reversed(slowest)
        ),
    ]


def _insert(url: str, count: int) -> list[tuple[str, str]]:
    """Return the processor time that one row costs the database, with what the search needs and without."""
    rows: list[tuple[str, str]] = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table bench_texts (n serial, content text)")
        with connection.cursor().copy("copy bench_texts (content) from stdin") as copy:
            for content in texts(count):
                copy.write_row((content,))
        full = _insert_all(connection, count)
        connection.execute("drop index messages_search_idx, messages_created_at_id_idx")
        connection.execute("alter table messages drop column search")
        bare = _insert_all(connection, count)
        rows += [
            ("processor time to insert a message, with the search", f"{full:.0f} µs"),
            ("processor time to insert a message, without", f"{bare:.0f} µs"),
        ]
    return rows


def _insert_all(connection: psycopg.Connection, count: int) -> float:
    connection.execute("truncate messages cascade")
    connection.execute("checkpoint")
    backend = psutil.Process(connection.info.backend_pid)
    began = cpu_seconds(backend)
    connection.execute(
        f"""
        do $$ declare one record; begin
            for one in select * from bench_texts order by n loop
                insert into messages ({_COLUMNS})
                select gen_random_uuid(), id, 'user', 'You', one.content, 'complete', 0, '[]', '{{}}',
                    clock_timestamp(), clock_timestamp() from channels limit 1;
            end loop;
        end $$
        """
    )
    return 1e6 * (cpu_seconds(backend) - began) / count


def _say(line: str) -> None:
    sys.stderr.write(f"{line} …\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures the search.")
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--inserts", type=int, default=50_000)
    parser.add_argument(
        "--database-url", help="a PostgreSQL of your own; default: an embedded one"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
