"""How far people have read the threads they follow; what was said before anybody kept count is read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thread_reads",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["messages.id"],
            name=op.f("thread_reads_thread_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("thread_reads_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channels.id"],
            name=op.f("thread_reads_channel_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", "user_id", name="thread_reads_pkey"),
    )
    op.create_index(
        "thread_reads_channel_id_user_id_idx", "thread_reads", ["channel_id", "user_id"]
    )
    op.create_index("thread_reads_user_id_idx", "thread_reads", ["user_id"])
    op.execute(
        """
        insert into channel_reads (channel_id, user_id, read_at, message_id, updated_at)
        select channels.id, users.id, newest.created_at, newest.id, now()
        from channels cross join users cross join lateral (
            select created_at, id from messages
            where channel_id = channels.id and thread_id is null
            order by created_at desc, id desc limit 1
        ) newest
        on conflict do nothing
        """
    )
