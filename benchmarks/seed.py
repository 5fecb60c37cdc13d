"""Fills a channel with a long history, straight into the database."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from uuid import UUID

import psycopg

_COLUMNS = (
    "id, channel_id, author_kind, author_name, user_id, agent_id, content, status, attempt, mentions, metadata, "
    "created_at, updated_at"
)
_GAP_SECONDS = 90
_SYLLABLES = re.findall("..", "badekilomuraasetivonaperisotaleegugofaduneza")
_ENGLISH = re.findall(
    r"\w+",
    """
    the a is to of and in it that for on with as this not are be was we you but have can from or by at an if will when which
    should one do all need there has use more after new same before time only data user request error message channel agent
    table index query test deploy server client cache queue worker thread lock memory stream token model plan task retry
    timeout
    """,
)
_OTHERS = [
    "Die Änderungen an der Größe müssen wir noch prüfen, bevor wir das ausliefern.",
    "全文検索のインデックスは更新に時間がかかります。数据库也一样。",
    "서버가 응답하지 않습니다. 로그를 확인해 주세요.",
]
_IDENTIFIERS = [
    "user_id",
    "foo.bar()",
    "src/core/text.py",
    "C++",
    "std::vector",
    "HTTP 503",
    "v1.2.3",
]
_CODE = "```python\nasync def {name}(session, {other}):\n    rows = await session.execute(query, {other})\n    return [row.{name} for row in rows]\n```"
_TABLE = "| case | expected | {name} |\n|---|---|---|\n| empty | refused | 1 |\n| {other} | stored | 2 |\n| both | {name} | 3 |"


@dataclass(frozen=True)
class Seeded:
    """What was written: the ids in the order of time."""

    ids: list[UUID]


def seed(
    database_url: str, channel_id: str, count: int, *, ends: datetime | None = None
) -> Seeded:
    """Write so many messages of a person and of agents, the last one a minute before `ends` (now)."""
    rng = random.Random(count)
    words = Words(rng)
    begins = (ends or datetime.now(UTC)) - timedelta(seconds=_GAP_SECONDS * count + 60)
    ids: list[UUID] = []
    with psycopg.connect(database_url) as connection:
        people = connection.execute("select id, name from users order by id limit 1").fetchone()
        agents = connection.execute("select id, name from agents order by id").fetchall()
        assert people
        with connection.cursor().copy(f"copy messages ({_COLUMNS}) from stdin") as copy:
            for number in range(count):
                moment = begins + timedelta(seconds=_GAP_SECONDS * (number + rng.random()))
                agent = rng.choice(agents) if rng.random() < 0.4 else None
                row_id = _id_at(moment, rng)
                ids.append(row_id)
                author = (
                    ("agent", agent[1], None, agent[0])
                    if agent
                    else ("user", people[1], people[0], None)
                )
                text = words.answer() if agent else words.remark()
                copy.write_row(
                    (
                        row_id,
                        channel_id,
                        *author,
                        text,
                        "complete",
                        0,
                        "[]",
                        json.dumps({}),
                        moment,
                        moment,
                    )
                )
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum (analyze) messages")  # as autovacuum does after so many rows
    return Seeded(ids)


class Words:
    """Makes texts whose words are as unevenly used as those of people."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        made = {"".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(8_000)}
        self.vocabulary = _ENGLISH + sorted(made)
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self.vocabulary) + 1)))

    def sentence(self) -> str:
        words = self._rng.choices(
            self.vocabulary, cum_weights=self._weights, k=self._rng.randint(4, 18)
        )
        if self._rng.random() < 0.1:
            words.insert(1, self._rng.choice(_IDENTIFIERS))
        return " ".join(words).capitalize() + "."

    def remark(self) -> str:
        """Return what a person says: a few sentences, sometimes in another language."""
        if self._rng.random() < 0.08:
            return self._rng.choice(_OTHERS)
        return " ".join(self.sentence() for _ in range(self._rng.choice((1, 1, 1, 2, 3))))

    def answer(self) -> str:
        """Return what an agent says: paragraphs, with lists, code and tables among them."""
        parts = [" ".join(self.sentence() for _ in range(self._rng.randint(1, 4)))]
        parts += [self._block() for _ in range(self._rng.randint(0, 4))]
        return "\n\n".join(parts)

    def _block(self) -> str:
        name, other = self._rng.choices(self.vocabulary[60:], k=2)
        kind = self._rng.random()
        if kind < 0.15:
            return _CODE.format(name=name, other=other)
        if kind < 0.2:
            return _TABLE.format(name=name, other=other)
        if kind < 0.45:
            return "\n".join(
                f"- **{self._rng.choice(self.vocabulary)}** {self.sentence()}" for _ in range(3)
            )
        return " ".join(self.sentence() for _ in range(self._rng.randint(1, 4)))


def _id_at(moment: datetime, rng: random.Random) -> UUID:
    """Return a UUIDv7 of that moment."""
    stamp = int(moment.timestamp() * 1000)
    return UUID(
        int=(stamp << 80)
        | (0x7 << 76)
        | (rng.getrandbits(12) << 64)
        | (0b10 << 62)
        | rng.getrandbits(62)
    )


def texts(count: int) -> Iterator[str]:
    """Return texts like those of a seeded channel."""
    words = Words(random.Random(count))
    for number in range(count):
        yield words.answer() if number % 5 < 2 else words.remark()
