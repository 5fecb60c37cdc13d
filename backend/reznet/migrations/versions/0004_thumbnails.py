"""Small copies of images that people attach."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("files", sa.Column("thumbnail", sa.LargeBinary(), nullable=True))
    op.execute("alter table files alter column thumbnail set storage external")
