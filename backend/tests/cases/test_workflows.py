"""Plans that can't be carried out, and names of agents as models and people write them."""

import pytest

from tests.cases.place import Place, unique
from tests.support.app import Json, checked, problem
from tests.support.plans import ORCHESTRATOR, as_json
from tests.support.steps import plan, ring, step
from tests.support.upstream import FakeUpstream


async def refused(place: Place, method: str, path: str, body: Json) -> Json:
    return problem(await place.http.request(method, path, json=body), 400)


@pytest.mark.parametrize(
    ("tasks", "cycle"),
    [
        ([step("a", "b"), step("b", "a")], "a → b → a"),
        ([step("a", "a")], "a → a"),
        (ring(50), "t0 → t1 → t2 → t3 → t4 → (41 more) → t46 → t47 → t48 → t49 → t0"),
        ([step("x", "a"), step("a", "b"), step("b", "c"), step("c", "a")], "a → b → c → a"),
        ([step("a"), step("b", "a", "c"), *ring(3), step("c", "t1")], "t0 → t1 → t2 → t0"),
    ],
)
async def test_a_ring_is_refused_by_name_before_anything_runs(
    place: Place, tasks: list[Json], cycle: str
) -> None:
    channel = await place.channel()
    refusal = await refused(place, "POST", "/workflows", plan(channel, *tasks))
    assert any(cycle in error["message"] for error in refusal["errors"])

    # The same plan, made of a good one by hand, and from a file.
    good = await place.post("/workflows", plan(channel, step("a")))
    edit = {"version": good["version"], "tasks": tasks}
    refusal = await refused(place, "PUT", f"/workflows/{good['id']}", edit)
    assert any(cycle in error["message"] for error in refusal["errors"])
    assert await place.get(f"/workflows/{good['id']}") == good
    file = {"format": "reznet-workflow", "version": 1, "title": "Ring", "tasks": tasks}
    path = f"/workflows/import?channel_id={channel['id']}"
    refusal = await refused(place, "POST", path, file)
    assert any(cycle in error["message"] for error in refusal["errors"])

    assert await place.get("/tasks", channel_id=channel["id"]) == []
    (one,) = await place.messages(channel)
    assert one["id"] == good["message_id"]


async def planned(
    place: Place, upstream: FakeUpstream, *plans: list[Json], auto_start: bool = False
) -> Json:
    """Ask a model for a plan that writes these, and return the workflow when planning is over."""
    upstream.script("case", [{"text": as_json(*tasks)} for tasks in plans])
    model = {"provider": "openai", "model": "fake;script=case"}
    await place.put(f"/agents/{ORCHESTRATOR}", model)
    body = {"channel_id": (await place.channel())["id"], "request": "do it"}
    body["auto_start"] = auto_start
    sent = await place.http.post("/workflows/plan", json=body, params={"wait": 20})
    return checked(sent, 201)


@pytest.mark.parametrize(
    ("tasks", "cycle"),
    [
        ([step("a", "b"), step("b", "a")], "a → b → a"),
        ([step("a", "a")], "a → a"),
        (ring(50), "t0 → t1 → t2 → t3 → t4 → (41 more) → t46 → t47 → t48 → t49 → t0"),
    ],
)
async def test_a_ring_that_a_model_plans_is_mended_once_or_refused_by_name(
    place: Place, upstream: FakeUpstream, tasks: list[Json], cycle: str
) -> None:
    refusal = await planned(place, upstream, tasks, auto_start=True)
    assert (refusal["status"], refusal["tasks"]) == ("failed", [])
    assert cycle in refusal["error"]["message"]
    assert upstream.stats()["requests"] == 2
    runs = await place.get("/tasks", channel_id=refusal["channel_id"])
    assert [run["id"] for run in runs] == [refusal["planning_task_id"]]

    mended = await planned(place, upstream, tasks, [step("fine", agent="qa")])
    assert mended["error"] is None
    assert [task["key"] for task in mended["tasks"]] == ["fine"]
    told = str(upstream.requests()[3]["body"]["messages"][-1]["content"])
    assert cycle in told


WRITTEN = [
    "['{name}']",
    '"{lower}',
    "@{name}",
    "{name} ",
    "{spaced}",
    "@{handle}",
    "`{handle}`",
    "“{name}”",
    "**{upper}**",
    "{handle}:",
    "<{name}>",
    "{underscored}",
]


async def test_a_name_however_it_is_written_is_the_one_agent(place: Place) -> None:
    agent = await place.agent(name=unique("Senior Researcher"))
    await place.agent(name=unique("Analyst"))
    name = agent["name"]
    written = [
        form.format(
            name=name,
            lower=name.lower(),
            upper=name.upper(),
            spaced=name.replace(" ", "  "),
            underscored=name.replace(" ", "_"),
            handle=agent["handle"],
        )
        for form in WRITTEN
    ]
    channel = await place.channel()
    tasks = [step(f"t{index}", agent=text) for index, text in enumerate(written)]
    made = await place.post("/workflows", plan(channel, *tasks))
    assert {task["agent"] for task in made["tasks"]} == {agent["handle"]}
    assert {task["agent_id"] for task in made["tasks"]} == {agent["id"]}
    edited = await place.put(
        f"/workflows/{made['id']}",
        {"version": 1, "tasks": [step("new", agent=text) for text in written[:1]]},
    )
    assert edited["tasks"][0]["agent_id"] == agent["id"]


async def test_a_name_however_a_model_writes_it_is_the_one_agent(
    place: Place, upstream: FakeUpstream
) -> None:
    agent = await place.agent(name=unique("Senior Researcher"))
    name = agent["name"]
    forms = [
        f"['{name}']",
        f'"{name.lower()}',
        f"@{name}",
        f"{name} ",
        name.replace(" ", "  "),
        f'["{name}"]',
    ]
    tasks = [step(f"t{index}", agent=form) for index, form in enumerate(forms)]
    workflow = await planned(place, upstream, tasks)
    assert workflow["error"] is None
    assert {task["agent_id"] for task in workflow["tasks"]} == {agent["id"]}


async def test_a_model_that_misspells_an_agent_is_asked_once_with_those_there_are(
    place: Place, upstream: FakeUpstream
) -> None:
    workflow = await planned(
        place, upstream, [step("a", agent="Resaercher X")], [step("a", agent="qa")]
    )
    assert [task["agent"] for task in workflow["tasks"]] == ["qa"]
    told = str(upstream.requests()[1]["body"]["messages"][-1]["content"])
    assert "Resaercher X" in told
    offered = told[told.index("The agents are:") :]
    assert "backend" in offered
    assert "Resaercher" not in offered


async def test_a_refused_name_is_never_offered_as_the_mend(place: Place) -> None:
    agent = await place.agent(name=unique("Senior Researcher"))
    channel = await place.channel()
    misspelt = agent["handle"].replace("senior", "senor")
    for text in (misspelt, f"['{misspelt}']", "nobody at all", "[]"):
        refusal = await refused(place, "POST", "/workflows", plan(channel, step("a", agent=text)))
        (error,) = refusal["errors"]
        assert error["field"] == "tasks.0.agent"
        assert f"@{text}" not in error["message"]
        if misspelt in text:
            assert f"did you mean @{agent['handle']}" in error["message"]


async def test_a_plan_survives_the_way_through_a_file(place: Place) -> None:
    agent = await place.agent()
    channel, other = await place.channel(), await place.channel()
    tasks = [
        step("a", agent=agent["handle"], description="Say **hi**\n\nto all", on_failure="ask"),
        step("b", "a", title="Ünï · cødé 🚀", expected_output="A list"),
    ]
    body = plan(channel, *tasks, title="Launch: a/b", request="Do it", max_parallel=3)
    made = await place.post("/workflows", body)
    response = await place.http.get(f"/workflows/{made['id']}/export")
    file = checked(response, 200)
    assert response.headers["content-disposition"].startswith("attachment; ")
    assert file["format"] == "reznet-workflow"
    assert [task["agent"] for task in file["tasks"]] == [agent["handle"], "orchestrator"]
    assert "id" not in file["tasks"][0]

    path = f"/workflows/import?channel_id={other['id']}"
    marked = b"\xef\xbb\xbf" + response.content
    headers = {"content-type": "application/json", "Idempotency-Key": "file-1"}
    first = await place.http.post(path, content=marked, headers=headers)
    again = await place.http.post(path, content=marked, headers=headers)
    copy = checked(first, 201)
    assert checked(again, 200)["id"] == copy["id"]
    assert (copy["status"], copy["max_parallel"], copy["request"]) == ("ready", 3, "Do it")
    second = checked(await place.http.get(f"/workflows/{copy['id']}/export"), 200)
    assert second == file


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "reznet-agents"}, "format"),
        ({"version": 2}, "version"),
        ({"version": 0}, "version"),
        ({"version": "one"}, "version"),
        ({"tasks": None}, "tasks"),
        ({"title": None}, "title"),
    ],
)
async def test_a_file_of_another_kind_is_refused(place: Place, change: Json, field: str) -> None:
    channel = await place.channel()
    file = {"format": "reznet-workflow", "version": 1, "title": "T", "tasks": [step("a")]}
    path = f"/workflows/import?channel_id={channel['id']}"
    refusal = await refused(place, "POST", path, file | change)
    assert refusal["errors"][0]["field"] == field
    # What a later version adds beside it is no reason to refuse.
    made = await place.post(path, file | {"exported_at": "2026-01-01"})
    assert made["title"] == "T"
