"""What agents remember: a table that is divided by agent, with vectors and words to find things by.

All agents begin in the default partition and are searched by looking at each of their rows. One with very many
can get a partition and a vector index of its own; a common index over all agents would find nothing for a
question far from what most of them remember.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The functions name what they use in full: a restored backup runs them without a search path.
    schema = op.get_bind().exec_driver_sql("select quote_ident(current_schema())").scalar_one()
    _create_functions(schema)
    op.execute(
        """
        create table agent_memories (
            agent_id uuid not null,
            id uuid not null,
            kind text not null,
            content text not null,
            importance real not null,
            pinned boolean not null,
            source_message_id uuid,
            channel_id uuid,
            said_at timestamptz not null,
            metadata jsonb not null,
            superseded_by uuid,
            embedding halfvec,
            embedder text,
            dimensions smallint,
            words tsvector not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint agent_memories_pkey primary key (agent_id, id),
            constraint agent_memories_agent_id_fkey
                foreign key (agent_id) references agents (id) on delete cascade,
            constraint agent_memories_source_message_id_fkey
                foreign key (source_message_id) references messages (id) on delete cascade,
            constraint agent_memories_channel_id_fkey
                foreign key (channel_id) references channels (id) on delete cascade,
            constraint agent_memories_superseded_by_fkey
                foreign key (agent_id, superseded_by) references agent_memories (agent_id, id)
                on delete set null (superseded_by),
            constraint agent_memories_kind_check
                check (kind in ('fact', 'highlight', 'episode', 'note', 'summary')),
            constraint agent_memories_importance_check check (importance between 0 and 1),
            constraint agent_memories_embedding_check check (
                (embedding is null and embedder is null and dimensions is null)
                or (
                    embedding is not null and embedder is not null and dimensions is not null
                    and vector_dims(embedding) = dimensions and l2_norm(embedding) > 0
                )
            )
        ) partition by list (agent_id)
        """
    )
    # Rows of up to 4 kB stay whole and uncompressed: a search looks at the words and the vector of each.
    op.execute(
        "create table agent_memories_default partition of agent_memories default "
        "with (toast_tuple_target = 4096)"
    )
    op.execute(
        "create index agent_memories_agent_id_said_at_id_idx on agent_memories (agent_id, said_at, id)"
    )
    op.execute("create index agent_memories_words_idx on agent_memories using gin (words)")
    for column in ("source_message_id", "channel_id"):
        op.execute(
            f"create index agent_memories_{column}_idx on agent_memories ({column}) "
            f"where {column} is not null"
        )
    op.execute(
        "create index agent_memories_agent_id_superseded_by_idx "
        "on agent_memories (agent_id, superseded_by) where superseded_by is not null"
    )


def _create_functions(schema: str) -> None:
    """Create what takes memories and questions apart: English stems, and pairs of signs of spaceless scripts."""
    # Weight A is the memory's own: its neighbours' words are kept beside them with other weights.
    op.get_bind().exec_driver_sql(
        f"""
        create function memory_words(content text) returns tsvector
        language sql immutable strict parallel safe
        return setweight(ts_filter({schema}.search_words(content), '{{b,c}}'), 'A')
        """
    )
    op.execute(
        "create aggregate memory_words_together (tsvector) "
        "(sfunc = tsvector_concat, stype = tsvector, initcond = '', parallel = safe)"
    )
    # A question's words without those that every text has, unless there are no others.
    op.get_bind().exec_driver_sql(
        f"""
        create function memory_question_words(question text) returns text[]
        language sql immutable strict parallel safe
        return (
            select case when content <> '' then tsvector_to_array(content)
                else tsvector_to_array({schema}.memory_words(question)) end
            from (
                select to_tsvector(
                    'pg_catalog.english',
                    regexp_replace({schema}.search_fold(question), '[./<@&:+~_-]', ' ', 'g')
                ) || ts_filter({schema}.search_words(question), '{{c}}') as content
            ) as words
        )
        """
    )
