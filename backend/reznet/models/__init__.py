"""SQLAlchemy tables, one group a file.

Only repositories and migrations read them.
"""

from reznet.models.agents import Agent
from reznet.models.base import Base
from reznet.models.channels import Channel, ChannelMember
from reznet.models.messages import Message
from reznet.models.people import User
from reznet.models.records import AuditEntry, Event
from reznet.models.tasks import LlmUsage, Task

__all__ = [
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
