"""What the durable engine keeps of runs; the engine itself may not reach the tables."""

from reznet.repositories.engine_rows import BegunRun, end_begun, insert_begun, select_begun

__all__ = ["BegunRun", "end_begun", "insert_begun", "select_begun"]
