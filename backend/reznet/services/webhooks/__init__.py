"""Telling other programs how workflows ended: which addresses, and what was delivered.

The calls themselves are made by `jobs.webhook_sender`.
"""
