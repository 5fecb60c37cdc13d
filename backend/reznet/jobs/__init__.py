"""Durable runs: load, process, apply.

Owns the engine; services reach it through a port.
"""
