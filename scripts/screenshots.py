"""Takes the pictures of the README: a conversation and the agents, with a scripted model."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "backend"))

from reznet.core import ui_build  # noqa: E402
from tests.support.product import product, wait_for  # noqa: E402
from tests.support.upstream import running_upstream  # noqa: E402

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
            path = f"/channels/{workspace.general}/messages"
            for question, answer in TALK:
                fake.defaults(text=answer, rate=0)
                task = workspace.post(path, {"content": question})["tasks"][0]["id"]
                wait_for(
                    "the answer is there",
                    lambda task=task: workspace.get(f"/tasks/{task}")["status"] == "completed",
                )
            _take(workspace.address, workspace.general)


def _take(address: str, channel: str) -> None:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for place, file in ((f"/c/{channel}", "conversation.png"), ("/agents", "agents.png")):
            page.goto(address + place)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=IMAGES / file)
        browser.close()


if __name__ == "__main__":
    main()
