"""The HTTP application: all routers together, with its document and its pages."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware

from reznet import __version__
from reznet.routers import (
    agents,
    bundles,
    channels,
    collections,
    files,
    health,
    hooks,
    invoke,
    members,
    memories,
    memory_files,
    memory_status,
    messages,
    pages,
    planning,
    problems,
    providers,
    reactions,
    reads,
    records,
    saved_workflows,
    search,
    shared_memories,
    tasks,
    templates,
    trials,
    webhooks,
    workflow_files,
    workflow_runs,
    workflow_triggers,
    workflows,
)
from reznet.routers.dependencies import Workspace
from reznet.schemas.problems import ProblemOut

_DESCRIPTION = (
    "People and teams of AI agents work together in channels. Errors are "
    "`application/problem+json` (RFC 9457); lists lead to their next page in the `Link` header; "
    "unknown query parameters are ignored. Live events come over Socket.IO at `/socket.io`."
)


def build(
    workspace: Workspace,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """Return the application that serves the workspace over HTTP."""
    app = FastAPI(
        title="RezNet AI",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.workspace = workspace
    problems.install(app)
    _allow_origins(app, workspace.settings.allowed_origins)
    api = APIRouter(prefix="/api")
    for module in (
        bundles,
        agents,
        trials,
        templates,
        memory_files,
        memories,
        memory_status,
        collections,
        shared_memories,
        invoke,
        channels,
        members,
        messages,
        files,
        reactions,
        reads,
        search,
        tasks,
        planning,
        workflows,
        workflow_files,
        workflow_runs,
        saved_workflows,
        workflow_triggers,
        hooks,
        webhooks,
        records,
        providers,
        health,
    ):
        api.include_router(module.router)
    app.include_router(api)
    app.include_router(health.metrics_router)
    pages.install(app)
    document = app.openapi

    def with_problems() -> dict[str, Any]:
        return _finished(document())

    app.openapi = with_problems
    return app


def _allow_origins(app: FastAPI, origins: tuple[str, ...]) -> None:
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[origin.rstrip("/") for origin in origins],
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Content-Type", "Idempotency-Key", "X-Request-ID"],
            expose_headers=["Link", "Location", "Retry-After", "X-Request-ID", "X-Search-Notes"],
            max_age=600,
        )


def _finished(document: dict[str, Any]) -> dict[str, Any]:
    """Add the problem's schema, and take out FastAPI's own validation errors: ours are 400."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas[ProblemOut.__name__] = ProblemOut.model_json_schema(
        ref_template="#/components/schemas/{model}"
    )
    for name, schema in schemas[ProblemOut.__name__].pop("$defs", {}).items():
        schemas[name] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    return document
