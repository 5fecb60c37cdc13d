"""Takes the pictures of the README: the main views of a small workspace, with a scripted model."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "backend"))

from reznet.core import ui_build  # noqa: E402
from tests.support.product import Product, product, wait_for  # noqa: E402
from tests.support.upstream import FakeUpstream, running_upstream  # noqa: E402

IMAGES = ROOT / "docs/images"
TALK = [
    (
        "@backend We store orders and customers. How should I link them?",
        "Give `orders` a **foreign key** to `customers`:\n\n```sql\nalter table orders\n  add column customer_id uuid not null\n"
        "  references customers (id) on delete restrict;\ncreate index on orders (customer_id);\n```\n\n"
        "- `on delete restrict` keeps a customer who still has orders.\n- The index matters: PostgreSQL makes none for a "
        "referencing column.",
    ),
    (
        "@qa What would you test about that?",
        "| case | expected |\n|---|---|\n| order without customer | refused |\n| delete a customer with orders | refused |\n"
        "| two orders at once for a new customer | both stored |\n\nNot covered: what happens to archived customers.",
    ),
]
PLAN = [
    ("schema", "Design the tables", "backend", ()),
    ("page", "Draw the order page", "frontend", ()),
    ("api", "Write the API", "backend", ("schema",)),
    ("tests", "Test page and API", "qa", ("api", "page")),
    ("pipeline", "Set up the pipeline", "devops", ("schema",)),
    ("release", "Release to staging", "devops", ("tests", "pipeline")),
]
REMEMBERED = [
    ("Ada prefers `on delete restrict` over cascades.", "fact", 0.8),
    ("Orders have belonged to customers since release 12.", "fact", 0.6),
    ("Ada: We freeze the schema on Thursdays.", "episode", 0.4),
]


def main() -> None:
    """Write the pictures into docs/images."""
    ui_build.build_ui(ROOT, print)
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reznet-shots-") as name, running_upstream() as fake:
        Path(name).chmod(0o711)
        settings = {
            "OPENAI_BASE_URL": f"{fake.url}/v1",
            "OPENAI_API_KEY": "sk-none",
            "REZNET_DEFAULT_PROVIDER": "openai",
            "REZNET_DEFAULT_MODEL": "gpt-5-mini",
        }
        with product(Path(name), **settings) as workspace:
            agents = _furnish(workspace, fake)
            workflow, channel = _plan(workspace, fake)
            saved = _saved(workspace, channel)
            _take(
                workspace.address,
                {
                    "plan.png": f"/c/{channel}",
                    "workflow.png": f"/workflows/{workflow}",
                    "saved-workflow.png": f"/workflows/saved/{saved}",
                    "conversation.png": f"/c/{workspace.general}",
                    "agents.png": "/agents",
                    "templates.png": "/agents/templates",
                    "search.png": "/search?q=orders",
                    "new-agent.png": "/agents/new",
                    "memory.png": f"/agents/{agents['backend']}/memory",
                },
            )


def _furnish(workspace: Product, fake: FakeUpstream) -> dict[str, str]:
    """Let people and agents have worked here for a while; return the agents' ids by handle."""
    for channel in ("release-12", "support"):
        workspace.post("/channels", {"name": channel})
    workspace.post("/templates/marketing/instantiate", {"agents": ["strategist", "copywriter"]})
    agents = {agent["handle"]: agent["id"] for agent in workspace.get("/agents")}
    for handle in ("backend", "qa"):
        _put(workspace, f"/channels/{workspace.general}/members/{agents[handle]}")
    asked: list[dict[str, Any]] = []
    for question, answer in TALK:
        asked.append(_ask(workspace, fake, question, answer))
    for message, emoji in ((asked[0], "👍"), (asked[1], "🎯")):
        _put(workspace, f"/messages/{message['answer_id']}/reactions/{quote(emoji)}")
    reply = {"thread_id": asked[1]["message_id"]}
    _ask(workspace, fake, "@qa And two requests with the same key?", "The second waits.", **reply)
    for content, kind, importance in REMEMBERED:
        body = {"content": content, "kind": kind, "importance": importance}
        workspace.post(f"/agents/{agents['backend']}/memories", body)
    return agents


def _plan(workspace: Product, fake: FakeUpstream) -> tuple[str, str]:
    """Start a plan in a channel and return when it is half way: its id and the channel's."""
    channels = {channel["name"]: channel["id"] for channel in workspace.get("/channels")}
    fake.defaults(text="Here is what I did, step by step. " * 12, rate=8, ttft=0.3)
    tasks = [
        {"key": key, "title": title, "agent": agent, "depends_on": list(needed)}
        for key, title, agent, needed in PLAN
    ]
    body = {
        "channel_id": channels["release-12"],
        "title": "Ship orders with customers",
        "request": "Link orders to customers and bring it to staging",
        "tasks": tasks,
        "auto_start": True,
    }
    workflow = workspace.post("/workflows", body)["id"]
    wait_for(
        "half of it is done",
        lambda: workspace.get(f"/workflows/{workflow}")["progress"]["completed"] >= 2,
    )
    return workflow, channels["release-12"]


def _saved(workspace: Product, channel: str) -> str:
    """Keep a plan to be run again, with triggers; return its id."""
    tasks = [
        ("done", "Collect what was done in week {{week}}", "backend", ()),
        ("open", "List what is still open", "qa", ()),
        ("write", "Write it for {{reader}}", "backend", ("done", "open")),
    ]
    body = {
        "name": "Weekly report",
        "description": "What happened in a week, for whoever was not there.",
        "title": "Report of week {{week}}",
        "tasks": [
            {"key": key, "title": title, "agent": agent, "depends_on": list(needed)}
            for key, title, agent, needed in tasks
        ],
        "parameters": [
            {"name": "week", "description": "Its number, or “this one”."},
            {"name": "reader", "description": "For whom it is.", "default": "the team"},
        ],
    }
    saved = workspace.post("/saved-workflows", body)["id"]
    message = {"kind": "message", "pattern": "!report {week}"}
    schedule = {"kind": "schedule", "cron": "0 9 * * 1", "time_zone": "Europe/Berlin"}
    for settings, values in ((message, {}), (schedule, {"week": "this one"})):
        trigger = {"saved_workflow_id": saved, "channel_id": channel, "settings": settings}
        workspace.post("/workflow-triggers", trigger | {"parameters": values})
    return saved


def _ask(
    workspace: Product, fake: FakeUpstream, question: str, answer: str, **fields: str
) -> dict[str, Any]:
    fake.defaults(text=answer, rate=60, ttft=0.4)
    path = f"/channels/{workspace.general}/messages"
    task = workspace.post(path, {"content": question, **fields})["tasks"][0]["id"]
    wait_for(
        "the answer is there", lambda: workspace.get(f"/tasks/{task}")["status"] == "completed"
    )
    done: dict[str, Any] = workspace.get(f"/tasks/{task}")
    return done


def _put(workspace: Product, path: str) -> None:
    httpx.put(f"{workspace.address}/api{path}", trust_env=False).raise_for_status()


def _take(address: str, places: dict[str, str]) -> None:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        for file, place in places.items():
            page.goto(address + place)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=IMAGES / file)
        browser.close()


if __name__ == "__main__":
    main()
