"""Saved workflows: plans with placeholders, those that come with the product among them.

Keeps them, and makes workflows of them.
"""
