"""SQLAlchemy tables, one group a file.

Only repositories and migrations read them.
"""

from reznet.models.agents import Agent
from reznet.models.base import Base, table_of
from reznet.models.channels import Channel, ChannelMember
from reznet.models.files import File, FileChunk
from reznet.models.memories import Memory, MemoryCollection, MemoryGrant, MemoryUpkeep
from reznet.models.messages import Message
from reznet.models.people import User
from reznet.models.reactions import ChannelRead, Reaction, ThreadRead
from reznet.models.records import AuditEntry, Event
from reznet.models.tasks import LlmUsage, Task
from reznet.models.triggers import (
    SavedWorkflow,
    TriggerFiring,
    Webhook,
    WebhookDelivery,
    WorkflowTrigger,
)
from reznet.models.workflows import Workflow, WorkflowTask, WorkflowVersion

# Statements are made of these: through the classes, each would pass the object mapper, which costs as much
# as the statement itself.
AGENTS = table_of(Agent)
AUDIT = table_of(AuditEntry)
CHANNELS = table_of(Channel)
CHANNEL_MEMBERS = table_of(ChannelMember)
CHANNEL_READS = table_of(ChannelRead)
EVENTS = table_of(Event)
FILES = table_of(File)
FILE_CHUNKS = table_of(FileChunk)
MEMORIES = table_of(Memory)
MEMORY_COLLECTIONS = table_of(MemoryCollection)
MEMORY_GRANTS = table_of(MemoryGrant)
MEMORY_UPKEEP = table_of(MemoryUpkeep)
MESSAGES = table_of(Message)
REACTIONS = table_of(Reaction)
SAVED_WORKFLOWS = table_of(SavedWorkflow)
TASKS = table_of(Task)
THREAD_READS = table_of(ThreadRead)
TRIGGER_FIRINGS = table_of(TriggerFiring)
USAGE = table_of(LlmUsage)
USERS = table_of(User)
WEBHOOKS = table_of(Webhook)
WEBHOOK_DELIVERIES = table_of(WebhookDelivery)
WORKFLOWS = table_of(Workflow)
WORKFLOW_TASKS = table_of(WorkflowTask)
WORKFLOW_TRIGGERS = table_of(WorkflowTrigger)
WORKFLOW_VERSIONS = table_of(WorkflowVersion)

__all__ = [
    "AGENTS",
    "AUDIT",
    "CHANNELS",
    "CHANNEL_MEMBERS",
    "CHANNEL_READS",
    "EVENTS",
    "FILES",
    "FILE_CHUNKS",
    "MEMORIES",
    "MEMORY_COLLECTIONS",
    "MEMORY_GRANTS",
    "MEMORY_UPKEEP",
    "MESSAGES",
    "REACTIONS",
    "SAVED_WORKFLOWS",
    "TASKS",
    "THREAD_READS",
    "TRIGGER_FIRINGS",
    "USAGE",
    "USERS",
    "WEBHOOKS",
    "WEBHOOK_DELIVERIES",
    "WORKFLOWS",
    "WORKFLOW_TASKS",
    "WORKFLOW_TRIGGERS",
    "WORKFLOW_VERSIONS",
    "Agent",
    "AuditEntry",
    "Base",
    "Channel",
    "ChannelMember",
    "ChannelRead",
    "Event",
    "File",
    "FileChunk",
    "LlmUsage",
    "Memory",
    "MemoryCollection",
    "MemoryGrant",
    "MemoryUpkeep",
    "Message",
    "Reaction",
    "SavedWorkflow",
    "Task",
    "ThreadRead",
    "TriggerFiring",
    "User",
    "Webhook",
    "WebhookDelivery",
    "Workflow",
    "WorkflowTask",
    "WorkflowTrigger",
    "WorkflowVersion",
]
