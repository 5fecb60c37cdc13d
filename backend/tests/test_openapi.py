"""The OpenAPI document, and whether the application keeps to it."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.app import settings_for
from tests.support.databases import Server
from tests.support.served import served

EXAMPLES = 10
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def address(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("openapi")
    with server.clone() as url, served(settings_for(url, folder)) as running:
        yield running


@pytest.fixture
def document(address: str) -> dict[str, Any]:
    return httpx.get(f"{address}/openapi.json").raise_for_status().json()


def there(address: str) -> dict[str, str]:
    """Make one of everything that an address can name."""
    name = uuid.uuid4().hex[:12]
    with httpx.Client(base_url=f"{address}/api") as http:
        agent = http.post("/agents", json={"name": f"Agent {name}", "role": "Tries"}).json()
        channel = http.post("/channels", json={"name": name}).json()
        file = http.post(
            "/files", params={"channel_id": channel["id"], "name": "a.txt"}, content=b"a"
        ).json()
        said = http.post(
            f"/channels/{channel['id']}/messages", json={"content": f"@{agent['handle']} hello"}
        ).json()
    return {
        "agent_id": agent["id"],
        "channel_id": channel["id"],
        "file_id": file["id"],
        "message_id": said["id"],
        "task_id": said["tasks"][0]["id"],
    }


def triggers_there(address: str, ids: Mapping[str, str]) -> dict[str, str]:
    """Make a saved workflow, a trigger of it, and a webhook that nobody is called for."""
    name = uuid.uuid4().hex[:12]
    plan = {"title": "Tried", "tasks": [{"key": "a", "title": "Try", "agent": "backend"}]}
    with httpx.Client(base_url=f"{address}/api") as http:
        saved = http.post("/saved-workflows", json={"name": name, **plan}).json()
        trigger = http.post(
            "/workflow-triggers",
            json={
                "saved_workflow_id": saved["id"],
                "channel_id": ids["channel_id"],
                "settings": {"kind": "webhook"},
                "auto_start": False,
            },
        ).json()
        webhook = http.post(
            "/webhooks", json={"url": "http://localhost:9/", "trigger_id": trigger["id"]}
        ).json()
    return {
        "saved_workflow_id": saved["id"],
        "trigger_id": trigger["id"],
        "webhook_id": webhook["id"],
    }


@pytest.mark.timeout(240)  # every operation there is
def test_no_answer_is_a_fault_or_undocumented(address: str) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    for found in schema.get_all_operations():
        operation = found.ok()
        ids = there(address)
        if any(word in operation.path for word in ("saved_workflow", "trigger", "webhook")):
            ids |= triggers_there(address, ids)
        keep_to(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), ids)
        if operation.body or operation.query or operation.path_parameters:
            keep_to(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), {})


def keep_to(cases: SearchStrategy[schemathesis.Case], ids: Mapping[str, str]) -> None:
    """Try some of the cases, on the things with these ids where their addresses name one."""

    @bounded(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def answered(case: schemathesis.Case) -> None:
        for name in case.path_parameters.keys() & ids.keys():
            case.path_parameters[name] = ids[name]
        if case.operation.path.endswith("/invoke") and isinstance(case.body, dict):
            case.body["wait"] = 0
        if case.operation.path.endswith("/try") and isinstance(case.body, dict):
            # Where nobody listens; the trial model, where it is installed, would take its time.
            case.body |= {"provider": "openai", "fallbacks": []}
        case.call_and_validate(checks=CHECKS, timeout=30)

    answered()


def test_refusals_are_documented_as_problems_and_never_as_422(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            answers = operation["responses"]
            assert "422" not in answers
            refusals = [s for s in answers if s >= "400" and (path, s) != ("/api/ready", "503")]
            assert {"400", "415", "503"} <= set(answers)
            for status in refusals:
                content = answers[status]["content"]
                assert list(content) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert "code" in document["components"]["schemas"]["ProblemOut"]["required"]


def test_operations_have_names_to_rely_on(document: dict[str, Any]) -> None:
    names = [op["operationId"] for ops in document["paths"].values() for op in ops.values()]
    assert len(names) == len(set(names))
    assert {"agents_create", "agents_list", "messages_post", "tasks_cancel"} <= set(names)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"]
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    schemas = document["components"]["schemas"]
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas
