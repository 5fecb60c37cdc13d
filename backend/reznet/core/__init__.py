"""Ground floor: configuration, database access, errors, clock, identifiers, logging.

Imports nothing of ours; everything else may import it.
"""
