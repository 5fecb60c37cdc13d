"""Workflows: plans that agents carry out together, their tasks, and every version a plan has had."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table workflows (
            id uuid not null,
            channel_id uuid not null,
            message_id uuid,
            request text not null,
            request_id uuid,
            root_id uuid,
            title text not null,
            status text not null,
            waiting_for text,
            version integer not null,
            auto_start boolean not null,
            max_parallel smallint not null,
            planning_task_id uuid,
            summary_task_id uuid,
            error_code text,
            error_detail text,
            client_id text,
            metadata jsonb not null,
            created_by text not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            started_at timestamptz,
            finished_at timestamptz,
            constraint workflows_pkey primary key (id),
            constraint workflows_channel_id_fkey
                foreign key (channel_id) references channels (id) on delete cascade,
            constraint workflows_message_id_fkey
                foreign key (message_id) references messages (id) on delete set null,
            constraint workflows_request_id_fkey
                foreign key (request_id) references messages (id) on delete set null,
            constraint workflows_root_id_fkey
                foreign key (root_id) references workflows (id) on delete set null,
            constraint workflows_planning_task_id_fkey
                foreign key (planning_task_id) references tasks (id) on delete set null,
            constraint workflows_summary_task_id_fkey
                foreign key (summary_task_id) references tasks (id) on delete set null,
            constraint workflows_status_check check (status in
                ('planning', 'ready', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
            constraint workflows_waiting_for_check check (waiting_for in ('resume', 'decision'))
        )
        """
    )
    op.execute(
        "create unique index workflows_channel_id_client_id_key on workflows (channel_id, client_id)"
    )
    op.execute(
        "create index workflows_channel_id_created_at_id_idx on workflows (channel_id, created_at, id)"
    )
    op.execute("create index workflows_created_at_id_idx on workflows (created_at, id)")
    op.execute("create index workflows_root_id_idx on workflows (root_id)")
    op.execute(
        "create index workflows_message_id_idx on workflows (message_id) where message_id is not null"
    )
    op.execute(
        "create index workflows_unfinished_idx on workflows (status) "
        "where status in ('planning', 'running', 'waiting')"
    )
    op.execute(
        """
        create table workflow_tasks (
            id uuid not null,
            workflow_id uuid not null,
            key text not null,
            position integer not null,
            title text not null,
            description text not null,
            expected_output text not null,
            agent_id uuid,
            agent text not null,
            depends_on text[] not null,
            on_failure text not null,
            status text not null,
            reason text,
            attempts smallint not null,
            retry_at timestamptz,
            task_id uuid,
            error_code text,
            error_detail text,
            started_at timestamptz,
            finished_at timestamptz,
            constraint workflow_tasks_pkey primary key (id),
            constraint workflow_tasks_workflow_id_fkey
                foreign key (workflow_id) references workflows (id) on delete cascade,
            constraint workflow_tasks_agent_id_fkey
                foreign key (agent_id) references agents (id) on delete set null,
            constraint workflow_tasks_task_id_fkey
                foreign key (task_id) references tasks (id) on delete set null,
            constraint workflow_tasks_workflow_id_key_key unique (workflow_id, key),
            constraint workflow_tasks_status_check check (status in
                ('pending', 'ready', 'running', 'completed', 'failed', 'cancelled', 'skipped')),
            constraint workflow_tasks_on_failure_check check (on_failure in ('skip', 'fail', 'ask'))
        )
        """
    )
    op.execute(
        "create index workflow_tasks_task_id_idx on workflow_tasks (task_id) where task_id is not null"
    )
    op.execute("create index workflow_tasks_agent_id_idx on workflow_tasks (agent_id)")
    op.execute(
        "create index workflow_tasks_retry_at_idx on workflow_tasks (retry_at) where retry_at is not null"
    )
    op.execute(
        """
        create table workflow_versions (
            workflow_id uuid not null,
            version integer not null,
            title text not null,
            tasks jsonb not null,
            summary text not null,
            created_by text not null,
            created_at timestamptz not null,
            constraint workflow_versions_pkey primary key (workflow_id, version),
            constraint workflow_versions_workflow_id_fkey
                foreign key (workflow_id) references workflows (id) on delete cascade
        )
        """
    )
    # The workflow that a run works for: whoever ends the run locks the workflow first.
    op.execute(
        "alter table tasks add column workflow_id uuid "
        "constraint tasks_workflow_id_fkey references workflows (id) on delete set null"
    )
    op.execute(
        "create index tasks_workflow_id_idx on tasks (workflow_id) where workflow_id is not null"
    )
    op.execute("alter table channels add column auto_run boolean not null default false")
