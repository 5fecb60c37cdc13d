"""The upkeep of memory: which agents were seen to and when, and what a person took out of a summary."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table agent_memories add column is_restored boolean not null default false")
    # Every run with memories is told of those that are pinned.
    op.execute("create index agent_memories_pinned_idx on agent_memories (owner_id) where pinned")
    # Whoever deletes a message asks which summaries it is part of.
    op.execute(
        "create index agent_memories_summary_messages_idx on agent_memories "
        "using gin ((metadata -> 'messages')) where origin = 'summary'"
    )
    op.execute(
        """
        create table memory_upkeep (
            agent_id uuid not null,
            begun_at timestamptz not null,
            constraint memory_upkeep_pkey primary key (agent_id),
            constraint memory_upkeep_agent_id_fkey
                foreign key (agent_id) references agents (id) on delete cascade
        )
        """
    )
