"""Waiting for the end of a task, as it is told to clients."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from reznet.schemas.tasks import TaskOut

type Ending = asyncio.Future[TaskOut]


class TaskEndings:
    """Hands ended tasks to those who wait for them."""

    def __init__(self) -> None:
        self._awaited: dict[UUID, set[Ending]] = {}

    @contextmanager
    def expect(self, task_id: UUID) -> Generator[Ending]:
        """Give what will hold the task once clients were told that it has ended."""
        ending: Ending = asyncio.get_running_loop().create_future()
        self._awaited.setdefault(task_id, set()).add(ending)
        try:
            yield ending
        finally:
            ending.cancel()
            others = self._awaited[task_id]
            others.discard(ending)
            if not others:
                del self._awaited[task_id]

    def told(self, task: TaskOut) -> None:
        """Note that clients were told of the task as it is."""
        if task.status.is_final:
            for ending in self._awaited.get(task.id, ()):
                if not ending.done():
                    ending.set_result(task)
