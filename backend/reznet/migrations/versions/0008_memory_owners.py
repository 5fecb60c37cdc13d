"""Memories of others than agents: collections that several agents may read; and what the upkeep of memory needs.

A memory belongs to an owner, an agent or a collection. Foreign keys can't lead to one of two tables, so triggers
take the memories along when their owner goes; who stores a memory holds the owner's row meanwhile.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table agent_memories drop constraint agent_memories_agent_id_fkey")
    op.execute("alter table agent_memories rename column agent_id to owner_id")
    for name in ("said_at_id", "superseded_by"):
        op.execute(
            f"alter index agent_memories_agent_id_{name}_idx rename to agent_memories_owner_id_{name}_idx"
        )
    op.execute(
        """
        alter table agent_memories
            add column is_shared boolean not null default false,
            add column origin text not null default 'person'
                constraint agent_memories_origin_check
                check (origin in ('person', 'answer', 'import', 'summary')),
            add column author_id uuid
                constraint agent_memories_author_id_fkey references users (id) on delete cascade,
            add column expires_at timestamptz,
            add column summarized_by uuid,
            add constraint agent_memories_summarized_by_fkey
                foreign key (owner_id, summarized_by) references agent_memories (owner_id, id)
                on delete set null (summarized_by)
        """
    )
    op.execute(
        "create index agent_memories_owner_id_content_idx on agent_memories (owner_id, md5(content))"
    )
    for column in ("author_id", "expires_at"):
        op.execute(
            f"create index agent_memories_{column}_idx on agent_memories ({column}) "
            f"where {column} is not null"
        )
    op.execute(
        "create index agent_memories_owner_id_summarized_by_idx "
        "on agent_memories (owner_id, summarized_by) where summarized_by is not null"
    )
    op.execute(
        """
        create table memory_collections (
            id uuid not null,
            name text not null,
            description text not null,
            channel_id uuid,
            created_by text not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint memory_collections_pkey primary key (id),
            constraint memory_collections_channel_id_fkey
                foreign key (channel_id) references channels (id) on delete cascade
        )
        """
    )
    op.execute(
        "create unique index memory_collections_name_key on memory_collections (lower(name))"
    )
    op.execute(
        "create index memory_collections_channel_id_idx on memory_collections (channel_id) "
        "where channel_id is not null"
    )
    op.execute(
        """
        create table memory_grants (
            collection_id uuid not null,
            agent_id uuid not null,
            can_write boolean not null,
            created_by text not null,
            created_at timestamptz not null,
            constraint memory_grants_pkey primary key (collection_id, agent_id),
            constraint memory_grants_collection_id_fkey
                foreign key (collection_id) references memory_collections (id) on delete cascade,
            constraint memory_grants_agent_id_fkey
                foreign key (agent_id) references agents (id) on delete cascade
        )
        """
    )
    op.execute("create index memory_grants_agent_id_idx on memory_grants (agent_id)")
    # The function names what it uses in full: a restored backup may run it without a search path.
    schema = op.get_bind().exec_driver_sql("select quote_ident(current_schema())").scalar_one()
    op.get_bind().exec_driver_sql(
        f"""
        create function forget_memories_of_owner() returns trigger language plpgsql as $$
        begin
            delete from {schema}.agent_memories where owner_id = old.id;
            return null;
        end $$
        """
    )
    for table in ("agents", "memory_collections"):
        op.execute(
            f"create trigger {table}_forget_memories after delete on {table} "
            "for each row execute function forget_memories_of_owner()"
        )
    # When an answer is to be looked at for what is worth remembering; empty once that is done.
    op.execute(
        "alter table tasks add column remember_at timestamptz, "
        "add column remember_attempts smallint not null default 0"
    )
    op.execute(
        "create index tasks_remember_at_idx on tasks (remember_at) where remember_at is not null"
    )
