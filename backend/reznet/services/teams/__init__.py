"""Agents by the team: templates to start from, and bundles to take along.

The templates lie in `templates/`, a JSON file each.
"""
