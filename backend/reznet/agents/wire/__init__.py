"""The only part that knows pydantic-ai and the providers' libraries.

Importing its modules takes seconds and 100 MB: `llm_client` does so late, and off the event loop.
"""
