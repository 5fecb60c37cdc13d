"""Triggers of saved workflows: schedules, calls from outside and messages.

Keeps them, and makes them fire once for each occurrence.
"""
