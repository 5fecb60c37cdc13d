"""Owners with very many memories: each has a partition of the table to itself, with an index over its vectors.

The database's catalog says which there are; nothing else has to agree with it. `jobs.partitioning` says in which order
these steps make one.
"""

from dataclasses import dataclass
from hashlib import md5
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, bindparam, text

from reznet.core.database import ReadSession, WriteSession
from reznet.core.statements import Statement
from reznet.repositories.memories import Embedded

_DEFAULT = "agent_memories_default"
_PREFIX = "memories_of_"


@dataclass(frozen=True, slots=True)
class Partition:
    """An owner's own partition, about how many rows it has, and whether vectors like the asked one are indexed."""

    name: str
    rows: float
    is_indexed: bool


async def partition_of(
    session: ReadSession, owner_id: UUID, embedded: Embedded | None
) -> Partition | None:
    """Return the owner's own partition once it has been counted; None while it shares one."""
    row = await session.fetch_one(_PARTITION, {"owner": owner_id, "kept_near": near_of(embedded)})
    return Partition(name_of(owner_id), row.rows, row.is_indexed) if row else None


def name_of(owner_id: UUID) -> str:
    """Return the name of the owner's partition, should it have one; it needs no quotes."""
    return f"{_PREFIX}{owner_id.hex}"


def index_of(owner_id: UUID, embedder: str, dimensions: int) -> str:
    """Return the name of the index over the owner's vectors of an embedder."""
    return f"{name_of(owner_id)}{_near(embedder, dimensions)}"


def near_of(embedded: Embedded | None) -> str | None:
    """Return what `own_partition` calls `:kept_near`: how the name of the index over such vectors ends."""
    return _near(embedded.embedder, len(embedded.vector)) if embedded else None


def own_partition(owner: str) -> str:
    """Return SQL for the owner's own partition once it has been counted: `rows` and `is_indexed`, or no row.

    `owner` is an expression of an id.
    """
    name = f"'{_PREFIX}' || replace(cast({owner} as text), '-', '')"
    return f"""
        select cast(reltuples as float8) as rows, coalesce(indisvalid, false) as is_indexed
        from pg_class left join pg_index on indexrelid = to_regclass({name} || :kept_near)
        where pg_class.oid = to_regclass({name}) and relispartition and reltuples > 0
    """  # noqa: S608 - constants


async def grown_owners(session: ReadSession, rows: int) -> list[UUID]:
    """Return the owners with at least so many memories that share a partition with others."""
    found = await session.fetch(_GROWN, {"least": rows})
    return [row.owner_id for row in found]


async def owners_apart(session: ReadSession) -> list[UUID]:
    """Return the owners with partitions of their own."""
    rows = await session.fetch(_APART, {})
    return [UUID(row.name.removeprefix(_PREFIX)) for row in rows]


async def begun(session: ReadSession) -> list[UUID]:
    """Return the owners whose partition somebody began to make, and has not finished or given up."""
    rows = await session.fetch(_BEGUN, {})
    return [UUID(row.owner) for row in rows]


async def hold_owner(session: WriteSession, owner_id: UUID) -> bool:
    """Keep the agent or collection from being deleted until the transaction ends; False when it is gone."""
    row = await session.fetch_one(_HOLD_OWNER, {"owner": owner_id})
    return row is not None


async def prepare(session: WriteSession, owner_id: UUID) -> None:
    """Create the table that is to become the owner's partition, empty and apart, unless the owner has one.

    Who calls this holds the owner's memories.
    """
    name = name_of(owner_id)
    if owner_id in await owners_apart(session):
        return
    await discard(session, owner_id)
    # Rows stay whole and uncompressed, as in the shared partition.
    await _run(
        session,
        f"create table {name} (like agent_memories including all) with (toast_tuple_target = 4096)",
    )
    await _run(session, f"create index {name}_narrow on {name} (kind, origin, channel_id)")
    await _run(
        session, f"alter table {name} add constraint {name}_owner check (owner_id = '{owner_id}')"
    )


async def close_shared(session: WriteSession, owner_id: UUID) -> None:
    """Let the shared partition take no more rows of the owner; checks none of its rows.

    Who calls this holds the owner's memories. Whoever holds them next reopens it, unless the owner has moved.
    """
    await _run(
        session,
        f"alter table {_DEFAULT} add constraint {_closing(owner_id)} check (owner_id <> '{owner_id}') not valid",
    )


async def reopen_shared(session: WriteSession, owner_id: UUID) -> None:
    """Undo `close_shared` after somebody who did not live to move the owner; does nothing otherwise."""
    if await session.fetch_one(_IS_CLOSED, {"name": _closing(owner_id)}):
        await _run(session, f"alter table {_DEFAULT} drop constraint {_closing(owner_id)}")


async def copy(session: WriteSession, owner_id: UUID) -> None:
    """Copy the owner's rows into the prepared table, and note which versions these are. Nobody waits for it."""
    name = name_of(owner_id)
    # What changes between the two statements is another version than the noted one, and copied again by `move`.
    await _run(
        session,
        f"""
        create table {name}_seen as select id, ctid as place, xmin as version
        from {_DEFAULT} where owner_id = '{owner_id}'
        """,  # noqa: S608 - a UUID
    )
    await _run(session, _COPY.format(name=name, owner=owner_id))
    await _run(session, f"analyze {name}, {name}_seen")


async def move(session: WriteSession, owner_id: UUID) -> None:
    """Move the owner's rows out of the closed shared partition, which is then known to hold none of them.

    Nobody but writers of the owner waits for it.
    """
    name = name_of(owner_id)
    await _run(
        session,
        f"""
        with now as materialized (
            select id, ctid as place, xmin as version from {_DEFAULT} where owner_id = '{owner_id}'
        ),
        same as materialized (select id from now join {name}_seen as seen using (id, place, version))
        delete from {name} as copied where not exists (select from same where same.id = copied.id)
        """,  # noqa: S608 - a UUID
    )
    await _run(session, _COPY.format(name=name, owner=owner_id))
    await _run(session, f"drop table {name}_seen")
    await _run(session, f"delete from {_DEFAULT} where owner_id = '{owner_id}'")  # noqa: S608
    # It reads every row that the others have, which attaching would do under a lock that keeps them all out.
    await _run(session, f"alter table {_DEFAULT} validate constraint {_closing(owner_id)}")


async def attach(session: WriteSession, owner_id: UUID) -> None:
    """Make the moved rows a part of the table.

    Until the commit, nobody reads what shares a partition, nor writes to the tables that memories lead to. Foreign keys are
    left until now: to have them before would mean that nobody might even have read these tables and then
    wait for the owner's memories, as writers do.
    """
    name = name_of(owner_id)
    await _run(
        session, f"alter table agent_memories attach partition {name} for values in ('{owner_id}')"
    )
    await _run(session, f"alter table {_DEFAULT} drop constraint {_closing(owner_id)}")
    await _run(session, f"alter table {name} drop constraint {name}_owner")


async def discard(session: WriteSession, owner_id: UUID) -> None:
    """Drop the table that `prepare` made, if it has not become a partition.

    Who calls this holds the owner's memories.
    """
    if owner_id not in await owners_apart(session):
        name = name_of(owner_id)
        await _run(session, f"drop table if exists {name}, {name}_seen")


async def drop_partition(session: WriteSession, owner_id: UUID) -> None:
    """Drop the partition of an owner that has no memories any more."""
    name = name_of(owner_id)
    await _run(session, f"alter table agent_memories detach partition {name}")
    await _run(session, f"drop table {name}")


async def deserted(session: ReadSession) -> list[UUID]:
    """Return the owners with empty partitions who are gone themselves."""
    gone: list[UUID] = []
    for owner_id in await owners_apart(session):
        is_there = "exists (select from agents where id = :owner) or exists (select from memory_collections where id = :owner)"
        has_rows = f"exists (select from {name_of(owner_id)})"
        found = await session.execute(
            text(f"select not ({is_there} or {has_rows})"), {"owner": owner_id}
        )
        if found.scalar_one():
            gone.append(owner_id)
    return gone


async def indexes_of(session: ReadSession, owner_id: UUID) -> dict[str, bool]:
    """Return the indexes over the vectors of the owner's partition, and whether each is whole."""
    rows = await session.fetch(
        _INDEXES, {"partition": name_of(owner_id), "prefix": f"{name_of(owner_id)}_near_"}
    )
    return {row.name: row.is_valid for row in rows}


async def create_index(
    session: ReadSession, owner_id: UUID, embedder: str, dimensions: int
) -> None:
    """Build the index over the owner's vectors of an embedder; takes long, and nobody waits for it.

    One that was not finished has to be dropped before. Can't be part of a transaction.
    """
    quoted = embedder.replace("'", "''")
    await _run(
        session,
        f"create index concurrently {index_of(owner_id, embedder, dimensions)} on {name_of(owner_id)} "
        f"using hnsw ((embedding::halfvec({dimensions})) halfvec_ip_ops) "
        f"where embedder = '{quoted}' and dimensions = {dimensions} "
        "and superseded_by is null and summarized_by is null",
    )


async def drop_index(session: ReadSession, name: str) -> None:
    """Drop an index over vectors; nobody waits for it. Can't be part of a transaction."""
    await _run(session, f"drop index concurrently if exists {name}")


async def count_rows(session: ReadSession, owner_id: UUID) -> None:
    """Let PostgreSQL look at how many rows a partition has, and which words are common in it."""
    await _run(session, f"analyze {name_of(owner_id)}")


async def is_counted(session: ReadSession, owner_id: UUID) -> bool:
    """Whether PostgreSQL has looked at the rows of the owner's partition."""
    return await partition_of(session, owner_id, None) is not None


def _near(embedder: str, dimensions: int) -> str:
    kind = md5(f"{embedder}:{dimensions}".encode(), usedforsecurity=False).hexdigest()[:8]
    return f"_near_{kind}"


async def _run(session: ReadSession, sql: str) -> None:
    # As it stands: the names of embedders have colons, which would be taken for parameters.
    await (await session.connection()).exec_driver_sql(sql)


def _closing(owner_id: UUID) -> str:
    return f"{_DEFAULT}_not_{owner_id.hex}"


# Those that are not there yet.
_COPY = """
    insert into {name} select * from agent_memories
    where owner_id = '{owner}' and not exists (select from {name} as copied where copied.id = agent_memories.id)
"""
_PARTITION = Statement(
    text(own_partition(":owner")).bindparams(
        bindparam("owner", type_=Uuid), bindparam("kept_near", type_=Text)
    )
)
_GROWN = Statement(
    text(
        f"select owner_id from {_DEFAULT} group by owner_id having count(*) >= :least"  # noqa: S608
    ).bindparams(bindparam("least", type_=Integer))
)
_HOLD_OWNER = Statement(
    text(
        """
        with agent as (select id from agents where id = :owner for key share),
            collection as (select id from memory_collections where id = :owner for key share)
        select id from agent union all select id from collection
        """
    ).bindparams(bindparam("owner", type_=Uuid))
)
_APART = Statement(
    text(
        f"""
        select cast(relname as text) as name
        from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = to_regclass('agent_memories') and relname like '{_PREFIX.replace("_", "\\_")}%'
        order by relname
        """  # noqa: S608 - constants
    )
)
_BEGUN = Statement(
    text(
        f"""
        select right(cast(relname as text), 32) as owner from pg_class
        where relnamespace = to_regnamespace(current_schema()) and relkind = 'r' and not relispartition
            and relname ~ '^{_PREFIX}[0-9a-f]{{32}}$'
        union
        select right(cast(conname as text), 32) from pg_constraint
        where conrelid = to_regclass('{_DEFAULT}') and conname ~ '^{_DEFAULT}_not_[0-9a-f]{{32}}$'
        """  # noqa: S608 - constants
    )
)
_IS_CLOSED = Statement(
    text(
        f"select 1 from pg_constraint where conrelid = to_regclass('{_DEFAULT}') and conname = :name"  # noqa: S608
    ).bindparams(bindparam("name", type_=Text))
)
_INDEXES = Statement(
    text(
        """
        select cast(relname as text) as name, indisvalid as is_valid
        from pg_index join pg_class on pg_class.oid = indexrelid
        where indrelid = to_regclass(:partition) and starts_with(cast(relname as text), :prefix)
        """
    ).bindparams(bindparam("partition", type_=Text), bindparam("prefix", type_=Text))
)
