"""The contract of /api/channels."""

from tests.support.app import App, checked, problem


async def test_a_channel_is_created_renamed_archived_and_brought_back(app: App) -> None:
    response = await app.http.post("/api/channels", json={"name": "Lab", "topic": "Trials"})
    made = checked(response, 201)
    address = f"/api/channels/{made['id']}"
    assert response.headers["location"] == address
    assert (made["kind"], made["topic"]) == ("channel", "Trials")
    renamed = checked(await app.http.put(address, json={"name": "Laboratory"}), 200)
    assert (renamed["name"], renamed["topic"]) == ("Laboratory", "Trials")

    assert (await app.http.delete(address)).status_code == 204
    assert (await app.http.delete(address)).status_code == 204
    assert made["id"] not in [c["id"] for c in await app.get("/api/channels")]
    assert made["id"] in [c["id"] for c in await app.get("/api/channels", archived=True)]
    refused = await app.http.post(f"{address}/messages", json={"content": "hello"})
    assert problem(refused, 409)["code"] == "channel_archived"

    back = checked(await app.http.put(address, json={"archived": False}), 200)
    assert back["archived_at"] is None
    await app.say(back, "hello")


async def test_names_that_look_alike_are_one(app: App) -> None:
    await app.channel("Lab")
    for name in ("lab", "LAB ", "\uff2cab"):
        assert problem(await app.http.post("/api/channels", json={"name": name}), 409)


async def test_direct_messages_are_made_once(app: App) -> None:
    agent = await app.agent()
    first = await app.http.post("/api/channels", json={"agent_id": agent["id"]})
    again = await app.http.post("/api/channels", json={"agent_id": agent["id"]})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["kind"] == "dm"
    assert [c["id"] for c in await app.get("/api/channels", kind="dm")] == [first.json()["id"]]


async def test_a_channel_has_a_name_or_an_agent(app: App) -> None:
    agent = await app.agent()
    for body in ({}, {"name": "Lab", "agent_id": agent["id"]}):
        problem(await app.http.post("/api/channels", json=body), 400)
    nobody = {"agent_id": "00000000-0000-7000-8000-00000000ffff"}
    problem(await app.http.post("/api/channels", json=nobody), 404)


async def test_clearing_is_told_in_the_channel(app: App) -> None:
    channel = await app.channel()
    await app.say(channel, "old")
    cleared = await app.post(f"/api/channels/{channel['id']}/clear", status=200)
    assert cleared["cleared_at"] is not None
    rows = await app.get(f"/api/channels/{channel['id']}/messages")
    assert [row["author"]["kind"] for row in rows] == ["user", "system"]


async def test_pages_lead_through_all_channels_once(app: App) -> None:
    names = [f"c{number}" for number in range(5)]
    for name in names:
        await app.channel(name)
    seen: list[str] = []
    address = "/api/channels?limit=2"
    while address:
        response = await app.http.get(address)
        seen += [row["name"] for row in checked(response, 200)]
        address = response.links.get("next", {}).get("url", "")
    assert seen == ["general", *names]
