"""All SQL of the product, one file per table group.

Functions take a session and return rows or schemas; they never commit.
"""
