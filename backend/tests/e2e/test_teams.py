"""Teams in the browser: from a template to an answer, and agents that travel as files."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.product import Product
from tests.support.upstream import FakeUpstream

pytestmark = pytest.mark.timeout(240)

SLOW = 20_000


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


def choose_file(page: Page, file: Path) -> Locator:
    """Open the import dialog of the gallery with a file."""
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog", name="Import agents")
    dialog.get_by_label("Choose a file").set_input_files(file)
    return dialog


def test_an_agent_from_a_template_is_edited_asked_stopped_and_asked_again(
    page: Page, upstream: FakeUpstream
) -> None:
    # The first answer would take minutes; the second one is there at once.
    upstream.script("journey", [{"rate": 5, "n": 900}, {"rate": 0, "n": 20}])
    page.goto("/agents")
    page.get_by_role("link", name="Start from a template").click()
    page.get_by_role("link", name="Content", exact=True).click()
    page.get_by_text("Persona of Writer").click()
    expect(page.get_by_text("Write the piece, not about the piece.")).to_be_visible()
    page.get_by_role("checkbox", name="Content Strategist").uncheck()
    page.get_by_role("checkbox", name="Researcher").uncheck()
    page.get_by_label("Provider").select_option("openai")
    page.get_by_label("Model", exact=True).fill("fake;script=journey")
    page.get_by_role("button", name="Create 2 agents").click()
    expect(page.get_by_text("mention @writer and @editor")).to_be_visible(timeout=SLOW)
    expect(card(page, "Editor")).to_contain_text("new")

    card(page, "Writer").get_by_role("link", name="Writer", exact=True).click()
    page.get_by_label("Role", exact=True).fill("Writes about bicycles")
    page.get_by_role("button", name="Save changes").click()
    expect(card(page, "Writer")).to_contain_text("Writes about bicycles", timeout=SLOW)

    page.get_by_role("link", name="general").first.click()
    box = page.get_by_role("textbox", name=re.compile("Message"))
    box.fill("@writer What is a good bell?")
    box.press("Escape")
    box.press("Enter")
    answer = page.get_by_role("article", name=re.compile(r"^Writer, ")).last
    expect(answer).to_contain_text("alpha beta", timeout=SLOW)
    answer.get_by_role("button", name=re.compile("^Stop")).click()
    expect(answer).to_contain_text("Stopped", timeout=SLOW)
    answer.get_by_role("button", name="Retry").click()
    expect(answer).to_contain_text("20 tokens", timeout=SLOW)
    expect(page.get_by_role("article", name=re.compile(r"^Writer, "))).to_have_count(1)
    asked = upstream.requests()[-1]["body"]
    assert "Writes about bicycles" in json.dumps(asked)


def test_an_agent_leaves_as_a_file_and_comes_back(
    page: Page, workspace: Product, tmp_path: Path
) -> None:
    workspace.post("/agents", {"name": "Proof Reader", "role": "Finds slips", "goal": "Flawless"})
    page.goto("/agents")
    reader = card(page, "Proof Reader")
    with page.expect_download() as download:
        reader.get_by_role("link", name="Export Proof Reader").click()
    assert download.value.suggested_filename == "Proof Reader.json"
    file = tmp_path / "reader.json"
    download.value.save_as(file)

    reader.get_by_role("button", name="Delete Proof Reader").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(reader).to_have_count(0)

    dialog = choose_file(page, file)
    expect(dialog.get_by_text("1 agent will be created")).to_be_visible(timeout=SLOW)
    dialog.get_by_role("button", name="Import").click()
    expect(dialog.get_by_text("1 agent created")).to_be_visible(timeout=SLOW)
    dialog.get_by_role("button", name="Done").click()
    expect(reader).to_contain_text("Flawless")
    expect(reader).to_contain_text("new")

    dialog = choose_file(page, file)
    expect(dialog.get_by_text("1 agent will be skipped")).to_be_visible(timeout=SLOW)
    expect(dialog).to_contain_text("@proof-reader is there already, with the same contents")
    expect(dialog.get_by_role("button", name="Import")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Import")).to_be_focused()


def test_a_file_dropped_on_the_gallery_is_told_before_it_is_taken(
    page: Page, workspace: Product, tmp_path: Path
) -> None:
    workspace.post("/agents", {"name": "Rhymer", "role": "Makes rhymes"})
    page.goto("/agents")
    expect(card(page, "Rhymer")).to_be_visible(timeout=SLOW)
    bundle = {
        "format": "reznet-agents",
        "version": 1,
        "agents": [
            {"name": "Rhymer", "role": "Makes other rhymes"},
            {"name": "Fresh One", "role": "x"},
        ],
    }
    drop(page, json.dumps(bundle))
    dialog = page.get_by_role("dialog", name="Import agents")
    expect(dialog).to_contain_text("1 agent can't be imported", timeout=SLOW)
    expect(dialog).to_contain_text("must be at least 3 characters long")
    bundle["agents"].pop()
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(bundle))
    dialog.get_by_label("Choose another").set_input_files(mended)
    dialog.get_by_role("radio", name=re.compile("^Keep both")).check()
    expect(dialog).to_contain_text("since Rhymer is taken", timeout=SLOW)
    dialog.get_by_role("button", name="Import").click()
    expect(dialog).to_contain_text("1 agent created", timeout=SLOW)
    dialog.get_by_role("button", name="Done").click()
    expect(card(page, "Rhymer 2")).to_contain_text("Makes other rhymes")


def drop(page: Page, text: str) -> None:
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "dropped.json", {type: "application/json"}));
            for (const type of ["dragover", "drop"])
                document.body.dispatchEvent(
                    new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def test_a_team_is_exported_whole(page: Page, workspace: Product, tmp_path: Path) -> None:
    workspace.post("/templates/legal/instantiate", {})
    page.goto("/agents")
    page.get_by_role("searchbox", name="Search agents").fill("contract")
    expect(page.get_by_role("article")).to_have_count(1, timeout=SLOW)
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export agents")
    dialog.get_by_role("radio", name=re.compile("^Those shown")).check()
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download").click()
    file = tmp_path / "team.json"
    download.value.save_as(file)
    told = json.loads(file.read_text())
    assert [agent["name"] for agent in told["agents"]] == ["Contract Reviewer"]


def test_a_starter_of_a_team_that_is_there_goes_into_the_field(
    page: Page, workspace: Product
) -> None:
    channel = workspace.post("/channels", {"name": "starters"})
    page.goto(f"/c/{channel['id']}")
    starter = page.get_by_role("button", name=re.compile("^@orchestrator Plan the work"))
    starter.click(timeout=SLOW)
    box = page.get_by_role("textbox", name=re.compile("Message"))
    expect(box).to_be_focused()
    expect(box).to_have_value(re.compile("^@orchestrator Plan the work"))
    box.press("Enter")
    answer = page.get_by_role("article", name=re.compile(r"^Orchestrator, ")).last
    expect(answer).to_contain_text("alpha beta", timeout=SLOW)
    expect(answer.get_by_text(re.compile("40 tokens"))).to_be_in_viewport(timeout=SLOW)
