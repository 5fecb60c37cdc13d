"""Saved workflows, what starts them by itself, and who is told how they ended."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table saved_workflows (
            id uuid not null,
            name text not null,
            name_key text not null,
            description text not null,
            title text not null,
            request text not null,
            tasks jsonb not null,
            parameters jsonb not null,
            max_parallel smallint,
            created_by text not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint saved_workflows_pkey primary key (id),
            constraint saved_workflows_name_key_key unique (name_key)
        )
        """
    )
    op.execute(
        "create index saved_workflows_created_at_id_idx on saved_workflows (created_at, id)"
    )
    op.execute(
        """
        create table workflow_triggers (
            id uuid not null,
            saved_workflow_id uuid not null,
            channel_id uuid not null,
            kind text not null,
            settings jsonb not null,
            parameters jsonb not null,
            auto_start boolean not null,
            is_active boolean not null,
            secret text,
            next_at timestamptz,
            armed_at timestamptz not null,
            seen_at timestamptz not null,
            last_fired_at timestamptz,
            last_error text,
            created_by text not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint workflow_triggers_pkey primary key (id),
            constraint workflow_triggers_saved_workflow_id_fkey
                foreign key (saved_workflow_id) references saved_workflows (id) on delete cascade,
            constraint workflow_triggers_channel_id_fkey
                foreign key (channel_id) references channels (id) on delete cascade,
            constraint workflow_triggers_kind_check check (kind in ('schedule', 'webhook', 'message'))
        )
        """
    )
    op.execute(
        "create index workflow_triggers_created_at_id_idx on workflow_triggers (created_at, id)"
    )
    op.execute(
        "create index workflow_triggers_saved_workflow_id_idx on workflow_triggers (saved_workflow_id)"
    )
    op.execute("create index workflow_triggers_channel_id_idx on workflow_triggers (channel_id)")
    # The few that something has to be done about now and then.
    op.execute(
        "create index workflow_triggers_next_at_idx on workflow_triggers (next_at) "
        "where is_active and next_at is not null"
    )
    op.execute(
        """
        create table trigger_firings (
            id uuid not null,
            trigger_id uuid not null,
            occurrence text not null,
            kind text not null,
            status text not null,
            workflow_id uuid,
            message_id uuid,
            parameters jsonb not null,
            error_code text,
            error_detail text,
            created_at timestamptz not null,
            constraint trigger_firings_pkey primary key (id),
            constraint trigger_firings_trigger_id_fkey
                foreign key (trigger_id) references workflow_triggers (id) on delete cascade,
            constraint trigger_firings_workflow_id_fkey
                foreign key (workflow_id) references workflows (id) on delete set null,
            constraint trigger_firings_message_id_fkey
                foreign key (message_id) references messages (id) on delete set null,
            constraint trigger_firings_trigger_id_occurrence_key unique (trigger_id, occurrence),
            constraint trigger_firings_kind_check
                check (kind in ('schedule', 'webhook', 'message', 'manual')),
            constraint trigger_firings_status_check check (status in ('started', 'failed', 'skipped'))
        )
        """
    )
    op.execute(
        "create index trigger_firings_trigger_id_created_at_id_idx "
        "on trigger_firings (trigger_id, created_at, id)"
    )
    op.execute("create index trigger_firings_workflow_id_idx on trigger_firings (workflow_id)")
    op.execute("create index trigger_firings_message_id_idx on trigger_firings (message_id)")
    op.execute(
        """
        create table webhooks (
            id uuid not null,
            url text not null,
            channel_id uuid,
            saved_workflow_id uuid,
            trigger_id uuid,
            statuses text[] not null,
            is_active boolean not null,
            secret text not null,
            last_error text,
            created_by text not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint webhooks_pkey primary key (id),
            constraint webhooks_channel_id_fkey
                foreign key (channel_id) references channels (id) on delete cascade,
            constraint webhooks_saved_workflow_id_fkey
                foreign key (saved_workflow_id) references saved_workflows (id) on delete cascade,
            constraint webhooks_trigger_id_fkey
                foreign key (trigger_id) references workflow_triggers (id) on delete cascade
        )
        """
    )
    op.execute("create index webhooks_created_at_id_idx on webhooks (created_at, id)")
    op.execute("create index webhooks_channel_id_idx on webhooks (channel_id)")
    op.execute("create index webhooks_saved_workflow_id_idx on webhooks (saved_workflow_id)")
    op.execute("create index webhooks_trigger_id_idx on webhooks (trigger_id)")
    op.execute(
        """
        create table webhook_deliveries (
            id uuid not null,
            webhook_id uuid not null,
            workflow_id uuid,
            event text not null,
            body text not null,
            status text not null,
            attempts smallint not null,
            next_at timestamptz,
            response_status smallint,
            error text,
            created_at timestamptz not null,
            finished_at timestamptz,
            constraint webhook_deliveries_pkey primary key (id),
            constraint webhook_deliveries_webhook_id_fkey
                foreign key (webhook_id) references webhooks (id) on delete cascade,
            constraint webhook_deliveries_workflow_id_fkey
                foreign key (workflow_id) references workflows (id) on delete set null,
            constraint webhook_deliveries_status_check
                check (status in ('waiting', 'delivered', 'failed'))
        )
        """
    )
    op.execute(
        "create index webhook_deliveries_webhook_id_created_at_id_idx "
        "on webhook_deliveries (webhook_id, created_at, id)"
    )
    op.execute(
        "create index webhook_deliveries_workflow_id_idx on webhook_deliveries (workflow_id)"
    )
    op.execute(
        "create index webhook_deliveries_next_at_idx on webhook_deliveries (next_at) "
        "where next_at is not null"
    )
