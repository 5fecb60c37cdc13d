"""Workflows that run: what starts, what ends, and what people do about it.

Whoever changes one locks the workflow first, then its tasks; see `docs/decisions/workflow-runs.md`.
"""
