"""Requests, responses, socket events and job payloads as Pydantic models.

The contract with clients; no behaviour.
"""
