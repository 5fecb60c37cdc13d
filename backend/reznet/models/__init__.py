"""SQLAlchemy tables, one group a file.

Only repositories and migrations read them.
"""

from reznet.models.agents import Agent
from reznet.models.base import Base, table_of
from reznet.models.channels import Channel, ChannelMember
from reznet.models.messages import Message
from reznet.models.people import User
from reznet.models.records import AuditEntry, Event
from reznet.models.tasks import LlmUsage, Task

# Statements are made of these: through the classes, each would pass the object mapper, which costs as much
# as the statement itself.
AGENTS = table_of(Agent)
AUDIT = table_of(AuditEntry)
CHANNELS = table_of(Channel)
EVENTS = table_of(Event)
MESSAGES = table_of(Message)
TASKS = table_of(Task)
USAGE = table_of(LlmUsage)

__all__ = [
    "AGENTS",
    "AUDIT",
    "CHANNELS",
    "EVENTS",
    "MESSAGES",
    "TASKS",
    "USAGE",
    "Agent",
    "AuditEntry",
    "Base",
    "Channel",
    "ChannelMember",
    "Event",
    "LlmUsage",
    "Message",
    "Task",
    "User",
]
