"""Teams to start from: what ships, and what becomes of it."""

import asyncio
import json
from importlib.resources import files
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from reznet.schemas.agents import handle_of
from reznet.schemas.templates import Template
from reznet.services.teams.catalogue import catalogue
from tests.support.app import App, checked, problem

TEAMS = {
    "software": ["orchestrator", "backend", "frontend", "qa", "devops"],
    "marketing": ["strategist", "copywriter", "seo-specialist", "social-media-manager"],
    "research": ["literature-reviewer", "data-analyst", "statistician", "technical-writer"],
    "content": ["content-strategist", "researcher", "writer", "editor"],
    "legal": ["contract-reviewer", "legal-researcher", "compliance-advisor", "privacy-counsel"],
    "operations": ["project-manager", "process-analyst", "support-lead", "finance-analyst"],
}
THEME = {"#9D00FF", "#00F6FF", "#FF00F7", "#39FF14", "#FF6B00"}


def shipped() -> list[str]:
    folder = files("reznet.services.teams") / "templates"
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("name", shipped())
def test_each_file_is_a_template_of_its_own_name(name: str) -> None:
    text = (files("reznet.services.teams") / "templates" / name).read_text(encoding="utf-8")
    template = Template.model_validate_json(text)
    assert f"{template.id}.json" == name
    assert catalogue()[template.id] == template
    assert {agent.color for agent in template.agents} <= THEME
    assert [agent.key for agent in template.agents] == TEAMS[template.id]
    assert len({agent.prompt for agent in template.agents}) == len(template.agents)


def test_the_wheel_carries_them() -> None:
    root = Path(__file__).resolve().parents[3]
    carried = {f.distribution_path for f in WheelBuilder(str(root)).recurse_included_files()}
    assert {f"reznet/services/teams/templates/{name}" for name in shipped()} <= carried


def test_names_of_all_teams_can_live_in_one_workspace() -> None:
    handles = [agent.handle for template in catalogue().values() for agent in template.agents]
    assert len(set(handles)) == len(handles)


@pytest.mark.parametrize(
    "change",
    [
        {"starters": ["@nobody Hello there, how are you?", "@writer How do I begin this?"]},
        {"starters": ["Nobody is mentioned here.", "@writer How do I begin this?"]},
        {"starters": ["@writer How do I begin this?"]},
        {"agents": []},
        {"id": "Bad Id"},
        {"surplus": 1},
    ],
    ids=str,
)
def test_a_template_that_does_not_fit_together_is_refused(change: dict[str, object]) -> None:
    whole = catalogue()["content"].model_dump(
        mode="json", exclude={"agents": {"__all__": {"handle"}}}
    )
    assert Template.model_validate(whole)
    with pytest.raises(ValueError, match="validation error"):
        Template.model_validate(whole | change)


async def test_software_is_the_team_a_workspace_begins_with(app: App) -> None:
    defaults = await app.get("/api/agents", custom=False)
    software = await app.get("/api/templates/software")
    told = [(a["name"], a["role"], a["goal"], a["color"], a["kind"]) for a in software["agents"]]
    assert told == [
        (
            a["name"],
            a["persona"]["role"],
            a["persona"]["goal"],
            a["config"]["color"],
            a["config"]["kind"],
        )
        for a in defaults
    ]


async def test_templates_are_listed_in_short_and_told_whole(app: App) -> None:
    listed = await app.get("/api/templates")
    assert {row["id"]: [agent["key"] for agent in row["agents"]] for row in listed} == TEAMS
    assert all(2 <= len(row["starters"]) <= 3 for row in listed)
    assert "prompt" not in json.dumps(listed)
    whole = await app.get("/api/templates/legal")
    assert whole["agents"][0]["handle"] == "contract-reviewer"
    assert len(whole["agents"][0]["prompt"]) > 200
    assert (
        problem(await app.http.get("/api/templates/nothing"), 404)["code"] == "template_not_found"
    )


async def test_a_whole_team_is_made_and_answers_to_its_names(app: App) -> None:
    made = await app.post("/api/templates/marketing/instantiate")
    assert [agent["handle"] for agent in made["agents"]] == TEAMS["marketing"]
    assert made["renamed"] == []
    template = await app.get("/api/templates/marketing")
    for agent, wanted in zip(made["agents"], template["agents"], strict=True):
        assert agent["is_custom"]
        assert agent["persona"] == {field: wanted[field] for field in agent["persona"]}
        assert agent["config"]["temperature"] == wanted["temperature"]
        assert agent["config"]["follows_settings"]
        assert await app.get(f"/api/agents/{agent['id']}") == agent
    rows = await app.get("/api/audit", action="agent.created")
    assert {row["subject_id"] for row in rows} == {agent["id"] for agent in made["agents"]}
    assert {row["details"]["template"] for row in rows} == {"marketing"}


async def test_part_of_a_team_is_made_with_one_model_for_all(app: App) -> None:
    body = {"agents": ["editor", "writer", "editor"], "provider": "ollama", "model": "llama3.2:3b"}
    made = await app.post("/api/templates/content/instantiate", body)
    assert [agent["handle"] for agent in made["agents"]] == ["writer", "editor"]
    for agent in made["agents"]:
        assert (agent["config"]["provider"], agent["config"]["model"]) == ("ollama", "llama3.2:3b")
        assert not agent["config"]["follows_settings"]


async def test_taken_names_get_a_number_and_the_answer_says_so(app: App) -> None:
    await app.agent("COPYWRITER")
    made = await app.post("/api/templates/marketing/instantiate", {"agents": ["copywriter"]})
    assert made["agents"][0]["name"] == "Copywriter 2"
    assert made["renamed"] == [
        {"key": "copywriter", "name": "Copywriter", "given_name": "Copywriter 2"}
    ]
    again = await app.post("/api/templates/software/instantiate")
    assert [agent["handle"] for agent in again["agents"]] == [
        f"{key}-2" for key in TEAMS["software"]
    ]
    assert again["agents"][0]["config"]["kind"] == "orchestrator"


async def test_the_same_team_many_times_at_once_clashes_with_nothing(app: App) -> None:
    single = [app.http.post("/api/agents", json={"name": "Writer", "role": "Writes"})]
    teams = [app.http.post("/api/templates/content/instantiate") for _ in range(6)]
    one, *answers = await asyncio.gather(*single, *teams)
    assert one.status_code in {201, 409}
    made = [agent for answer in answers for agent in checked(answer, 201)["agents"]]
    assert len({agent["handle"] for agent in made}) == 24
    numbers = {handle_of(f"Writer {n}") for n in range(2, 8)} | {"writer"}
    assert {a["handle"] for a in made if a["handle"].startswith("writer")} <= numbers


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"agents": ["writer", "nobody"]}, "agents.1"),
        ({"agents": []}, "agents"),
        ({"agents": "writer"}, "agents"),
        ({"provider": "nothing"}, "provider"),
        ({"model": "no good model"}, "model"),
        ({"agent": ["writer"]}, "agent"),
    ],
    ids=str,
)
async def test_refusals_name_the_field_and_make_nothing(
    app: App, body: dict[str, object], field: str
) -> None:
    response = await app.http.post("/api/templates/content/instantiate", json=body)
    assert problem(response, 400)["errors"][0]["field"] == field
    assert await app.get("/api/agents", custom=True) == []
