"""Rules, access gates and status transitions.

Functions work inside the caller's transaction and never commit it.
"""
