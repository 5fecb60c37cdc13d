"""Providers of models over HTTP."""

from fastapi import APIRouter

from reznet.routers.dependencies import TheWorkspace
from reznet.routers.problems import documented
from reznet.schemas.providers import ProviderOut

router = APIRouter(prefix="/providers", tags=["providers"])


@router.get("", operation_id="providers_list", responses=documented())
async def list_providers(workspace: TheWorkspace) -> list[ProviderOut]:
    """List the providers, whether each can be used now, and which models it offers."""
    return list(await workspace.providers.states())
