"""Providers as clients see them."""

from enum import StrEnum

from reznet.schemas.base import Response


class ProviderStateKind(StrEnum):
    """Whether a provider can be used now."""

    READY = "ready"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NOT_CONFIGURED = "not_configured"
    TRIAL = "trial"


class ProviderOut(Response):
    """One provider, what it offers, and what to do when it is not ready."""

    name: str
    configured: bool
    state: ProviderStateKind
    detail: str
    models: tuple[str, ...]
    default_model: str | None
    is_default: bool
