"""Alembic migrations, shipped with the package.

Run under an advisory lock at start and by the migrate command.
"""
