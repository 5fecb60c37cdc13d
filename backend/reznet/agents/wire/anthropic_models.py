"""Models of Anthropic. Loaded when one is first used: its library takes a second and 40 MB."""

import httpx2
from anthropic import AsyncAnthropic
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider


class AnthropicModels:
    """Makes models that share one client."""

    def __init__(self, address: str, key: str, http: httpx2.AsyncClient) -> None:
        client = AsyncAnthropic(base_url=address, api_key=key, max_retries=0, http_client=http)
        self._provider = AnthropicProvider(anthropic_client=client)

    def model(self, name: str) -> Model:
        """Return the model of that name."""
        return AnthropicModel(name, provider=self._provider)
