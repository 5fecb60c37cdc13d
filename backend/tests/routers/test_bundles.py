"""Agents as files: out, in, and in again."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from reznet.schemas.bundles import MAX_AGENTS, MAX_BYTES
from tests.support.app import App, Json, checked, problem

JSON = {"Content-Type": "application/json"}
FIELDS = {
    "name", "role", "goal", "backstory", "capabilities", "prompt", "provider", "model", "temperature",
    "max_tokens", "color", "fallbacks", "memory", "is_active", "kind",
}  # fmt: skip


def bundle(*agents: Json, **more: Any) -> Json:
    return {"format": "reznet-agents", "version": 1, "agents": list(agents), **more}


def entry(name: str = "Writer", **fields: Any) -> Json:
    return {"name": name, "role": "Writes texts", **fields}


async def take_in(app: App, body: Any, status: int = 200, **params: Any) -> Json:
    return checked(await app.http.post("/api/agents/import", json=body, params=params), status)


async def names(app: App) -> list[str]:
    return [agent["name"] for agent in await app.get("/api/agents", custom=True)]


async def test_an_agent_leaves_as_a_file_and_comes_back(app: App) -> None:
    made = await app.agent(
        "Müller 2",
        prompt="Read all of it.\r\nThen answer.",
        capabilities=["a", "b"],
        provider="openai",
        model="gpt-5-mini",
        fallbacks=[{"provider": "ollama", "model": "llama3.2:3b"}],
        temperature=0.1,
        color="#9D00FF",
        is_active=False,
    )
    answer = await app.http.get(f"/api/agents/{made['id']}/export")
    told = checked(answer, 200)
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"reznet-agents.json\"; filename*=UTF-8''M%C3%BCller%202.json"
    )
    assert answer.text.startswith('{\n  "format"')
    (written,) = told["agents"]
    assert (told["format"], told["version"]) == ("reznet-agents", 1)
    assert set(written) == FIELDS
    await app.http.delete(f"/api/agents/{made['id']}")
    report = await take_in(app, told)
    (created,) = report["created"]
    assert (created["index"], created["name"], created["renamed_from"]) == (0, "Müller 2", None)
    back = await app.get(f"/api/agents/{created['id']}")
    changing = {"id", "created_at", "updated_at"}
    assert {k: v for k, v in back.items() if k not in changing} == {
        k: v for k, v in made.items() if k not in changing
    }
    again = checked(await app.http.get(f"/api/agents/{created['id']}/export"), 200)
    assert again == told


async def test_the_same_file_again_changes_nothing(app: App) -> None:
    body = bundle(entry("Writer"), entry("Editor", goal="Edit"), entry("QA 2"))
    first = await take_in(app, body)
    assert [row["name"] for row in first["created"]] == ["Writer", "Editor", "QA 2"]
    before = await app.get("/api/agents")
    for on_conflict in ("skip", "rename", "replace"):
        again = await take_in(app, body, on_conflict=on_conflict)
        assert again["created"] == again["replaced"] == again["failed"] == []
        assert [row["reason"] for row in again["skipped"]] == ["identical"] * 3
        assert again["skipped"][0]["existing_id"] == first["created"][0]["id"]
    assert await app.get("/api/agents") == before


async def test_default_agents_are_recognised(app: App) -> None:
    told = await app.get("/api/agents/export", custom=False)
    assert [agent["name"] for agent in told["agents"]][3] == "QA"
    report = await take_in(app, told)
    assert len(report["skipped"]) == 5
    renamed = bundle(*({**agent, "temperature": 1.5} for agent in told["agents"]))
    report = await take_in(app, renamed, on_conflict="rename")
    assert [row["name"] for row in report["created"]] == [
        f"{agent['name']} 2" for agent in told["agents"]
    ]
    assert [row["renamed_from"] for row in report["created"]][3] == "QA"


async def test_a_name_taken_by_other_contents_is_skipped_unless_asked_otherwise(app: App) -> None:
    made = await app.agent("Writer", goal="Mine")
    told = bundle(entry("WRITER", goal="Theirs"), entry("Editor"))
    report = await take_in(app, told)
    (skipped,) = report["skipped"]
    assert (skipped["reason"], skipped["existing_id"]) == ("name_taken", made["id"])
    assert "@writer" in skipped["detail"]
    assert [row["name"] for row in report["created"]] == ["Editor"]
    assert await app.get(f"/api/agents/{made['id']}") == made


async def test_renaming_gives_the_next_number_that_neither_side_uses(app: App) -> None:
    await app.agent("Writer", goal="Mine")
    told = bundle(entry("Writer", goal="Theirs"), entry("Writer 2", goal="Theirs too"))
    report = await take_in(app, told, on_conflict="rename")
    assert [(row["name"], row["renamed_from"]) for row in report["created"]] == [
        ("Writer 3", "Writer"),
        ("Writer 2", None),
    ]
    again = await take_in(app, told, on_conflict="rename")
    assert [row["reason"] for row in again["skipped"]] == ["identical", "identical"]
    assert await names(app) == ["Writer", "Writer 3", "Writer 2"]


async def test_replacing_keeps_the_agent_and_its_id(app: App) -> None:
    made = await app.agent("Writer", goal="Mine", backstory="Long")
    assert await app.get(f"/api/agents/{made['id']}") == made  # it is in the cache now
    report = await take_in(app, bundle(entry("writer", goal="Theirs")), on_conflict="replace")
    assert [row["id"] for row in report["replaced"]] == [made["id"]]
    after = await app.get(f"/api/agents/{made['id']}")
    assert after["name"] == "Writer"
    assert (after["persona"]["goal"], after["persona"]["backstory"]) == ("Theirs", "")
    (row,) = await app.get("/api/audit", action="agent.updated")
    assert row["details"]["imported"] is True


async def test_a_default_agent_can_be_replaced_but_stays_what_it_is(app: App) -> None:
    told = await app.get("/api/agents/export", custom=False)
    planner, backend = told["agents"][:2]
    report = await take_in(app, bundle({**backend, "goal": "Other"}), on_conflict="replace")
    assert report["replaced"][0]["handle"] == "backend"
    response = await app.http.post(
        "/api/agents/import",
        json=bundle({**planner, "kind": "assistant"}),
        params={"on_conflict": "replace"},
    )
    assert problem(response, 400)["errors"][0]["field"] == "agents.0.kind"


async def test_one_bad_agent_keeps_all_out_and_the_report_says_which_and_why(app: App) -> None:
    told = bundle(
        entry("Writer"),
        entry("Editor", prompt="short", temperature=9),
        entry("Backend"),
        "nonsense",
        entry("x"),
        entry("Twin"),
        entry("twin"),
    )
    refused = problem(await app.http.post("/api/agents/import", json=told), 400)
    assert refused["code"] == "import_failed"
    assert refused["detail"].startswith("Nothing was imported, since 5 of 7 agents can't be taken")
    fields = {error["field"]: error["message"] for error in refused["errors"]}
    assert fields == {
        "agents.1.prompt": "must be at least 10 characters long",
        "agents.1.temperature": "must be less than or equal to 2",
        "agents.3": "must be an object",
        "agents.4.name": "must be at least 2 characters long",
        "agents.5.name": "is in this file 2 times, as @twin",
        "agents.6.name": "is in this file 2 times, as @twin",
    }
    report = refused["report"]
    assert [row["index"] for row in report["failed"]] == [1, 3, 4, 5, 6]
    assert report["failed"][0]["name"] == "Editor"
    assert await names(app) == []
    assert await app.get("/api/audit") == []

    tried = await take_in(app, told, dry_run=True)
    assert tried["failed"] == report["failed"]
    assert [row["name"] for row in tried["created"]] == ["Writer"]
    assert await names(app) == []


async def test_a_dry_run_tells_what_then_happens(app: App) -> None:
    await app.agent("Writer", goal="Mine")
    told = bundle(entry("Writer", goal="Theirs"), entry("Editor"))
    for on_conflict in ("skip", "replace", "rename"):
        tried = await take_in(app, told, dry_run=True, on_conflict=on_conflict)
        assert tried["dry_run"]
        assert await names(app) == ["Writer"]
    done = await take_in(app, told, on_conflict="rename")
    ids = [row.pop("id") for row in done["created"]]
    assert None not in ids
    assert [{**row, "id": None} for row in done["created"]] == tried["created"]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"version": 2, "agents": 5}, "version", "made by a newer RezNet AI (format version 2); update first"),
        ({"version": 10**30}, "version", "made by a newer RezNet AI"),
        ({"version": 0}, "version", "format version"),
        ({"version": True}, "version", "format version"),
        ({"version": "1"}, "version", "format version"),
        ({"version": 1.0}, "version", "format version"),
        ({"version": None}, "version", "format version"),
        ({"format": "something"}, "format", "no file of agents"),
        ({"format": None}, "format", "must be text"),
        ({"agents": {}}, "agents", "must be a list"),
        ({"agents": None}, "agents", "must be a list"),
        ({"agents": [entry()] * (MAX_AGENTS + 1)}, "agents", f"at most {MAX_AGENTS}"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
async def test_other_files_are_refused_by_what_is_wrong_with_them(
    app: App, fields: Json, field: str, words: str
) -> None:
    refused = problem(await app.http.post("/api/agents/import", json=bundle() | fields), 400)
    assert refused["errors"][0]["field"] == field
    assert words in refused["errors"][0]["message"]


@pytest.mark.parametrize("body", [[], "text", 5, None, {}])
async def test_what_is_no_bundle_at_all_is_refused(app: App, body: Any) -> None:
    response = await app.http.post("/api/agents/import", content=json.dumps(body), headers=JSON)
    assert problem(response, 400)["errors"]


async def test_a_newer_bundle_is_refused_for_that_alone(app: App) -> None:
    told = {**bundle({"name": "x", "shape": "new"}), "version": 3, "teams": []}
    refused = problem(await app.http.post("/api/agents/import", json=told), 400)
    assert refused["detail"] == (
        "version: made by a newer RezNet AI (format version 3); update first"
    )


async def test_files_as_windows_saves_them_are_taken(app: App) -> None:
    text = json.dumps(bundle(entry("Größe")), indent=2, ensure_ascii=False)
    content = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    response = await app.http.post("/api/agents/import", content=content, headers=JSON)
    assert checked(response, 200)["created"][0]["name"] == "Größe"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"])
async def test_other_encodings_are_refused_as_such(app: App, encoding: str) -> None:
    content = json.dumps(bundle(entry("Größe")), ensure_ascii=False).encode(encoding)
    response = await app.http.post("/api/agents/import", content=content, headers=JSON)
    refused = problem(response, 400)
    assert refused["code"] == "invalid_json"
    assert "UTF-8" in refused["detail"]


@pytest.mark.parametrize(
    "extra", ["id", "created_by", "api_key", "is_custom", "handle", "memories", "__proto__"]
)
async def test_an_agent_brings_nothing_of_the_workspace_it_comes_from(
    app: App, extra: str
) -> None:
    told = bundle(entry(**{extra: "x"}))
    refused = problem(await app.http.post("/api/agents/import", json=told), 400)
    assert refused["errors"] == [
        {"field": f"agents.0.{extra}", "message": "is not a known field; is it misspelt?"}
    ]


async def test_a_file_tells_no_secret_and_no_id(app: App) -> None:
    made = await app.agent(provider="openai", model="gpt-5-mini")
    text = (await app.http.get("/api/agents/export")).text
    for hidden in (made["id"], "local-user", "sk-test", "created", "updated_at"):
        assert hidden not in text


async def test_agents_are_chosen_by_id_and_by_kind(app: App) -> None:
    made = [await app.agent(f"Agent {n}", is_active=n != 1) for n in range(3)]

    async def told(**params: Any) -> list[str]:
        answer = await app.get("/api/agents/export", **params)
        return [agent["name"] for agent in answer["agents"]]

    assert await told(id=[made[2]["id"], made[0]["id"], made[2]["id"]]) == ["Agent 0", "Agent 2"]
    assert await told(custom=True) == ["Agent 0", "Agent 1", "Agent 2"]
    assert await told(custom=True, active=True) == ["Agent 0", "Agent 2"]
    assert len(await told()) == 8
    gone = "00000000-0000-7000-8000-00000000ffff"
    for address in (f"/api/agents/export?id={gone}", f"/api/agents/{gone}/export"):
        assert problem(await app.http.get(address), 404)["code"] == "agent_not_found"
    assert problem(await app.http.get("/api/agents/export?id=nonsense"), 400)
    many = "&".join(f"id={gone}" for _ in range(201))
    assert problem(await app.http.get(f"/api/agents/export?{many}"), 400)


async def test_a_full_bundle_is_taken_and_a_larger_one_refused(app: App) -> None:
    told = bundle(*(entry(f"Agent {n}", prompt="x" * 1500) for n in range(MAX_AGENTS)))
    content = json.dumps(told).encode()
    assert 1024 * 1024 < len(content) < MAX_BYTES
    response = await app.http.post("/api/agents/import", content=content, headers=JSON)
    assert len(checked(response, 200)["created"]) == MAX_AGENTS
    assert (await app.http.get("/api/agents/export?custom=true")).status_code == 200
    assert problem(await app.http.get("/api/agents/export"), 413)
    larger = content + b" " * MAX_BYTES
    refused = await app.http.post("/api/agents/import", content=larger, headers=JSON)
    assert problem(refused, 413)["code"] == "too_large"


async def test_imports_at_the_same_moment_make_each_agent_once(app: App) -> None:
    order = [entry(name) for name in ("Alpha", "Beta", "Gamma", "Delta")]
    answers: list[httpx.Response] = await asyncio.gather(
        *(
            app.http.post("/api/agents/import", json=bundle(*agents))
            for agents in (order, order[::-1]) * 4
        ),
        *(app.http.post("/api/agents", json=agent) for agent in order),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    reports = [checked(answer, 200) for answer in answers[:8]]
    assert sorted(await names(app)) == ["Alpha", "Beta", "Delta", "Gamma"]
    assert all(report["failed"] == [] for report in reports)
