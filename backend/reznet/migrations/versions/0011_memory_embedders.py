"""What embedded which memory, to be counted and caught up with.

`refused_by` names the embedder that gave a memory's text no vector though it gave others theirs: it is not asked again
for the same text.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table agent_memories add column refused_by text")
    # Also finds what has no vector; alike entries are kept once, so it is small.
    op.execute(
        "create index agent_memories_embedder_idx on agent_memories (embedder, dimensions, refused_by)"
    )
