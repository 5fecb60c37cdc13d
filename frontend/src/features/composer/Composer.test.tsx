import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { Command } from "./commands";
import { Composer, type ComposerAgent } from "./Composer";

const agents: ComposerAgent[] = [
  { id: "1", handle: "backend", name: "Backend", role: "Backend engineer", color: "#00F6FF" },
  { id: "2", handle: "qa", name: "QA", role: "Quality engineer", color: "#39FF14" },
];

const clear = vi.fn<NonNullable<Command["run"]>>();
const invite = vi.fn<NonNullable<Command["run"]>>();
const commands: Command[] = [
  { name: "clear", description: "Forget", run: clear },
  { name: "agents", description: "Show", run: () => undefined },
  { name: "plan", argument: "what to do", description: "Plans" },
  { name: "invite", argument: "@agent", description: "Make a member", run: (rest) => invite(rest) },
];

const onSend = vi.fn<(content: string, files: readonly unknown[]) => void>();
const onEditLast = vi.fn<() => void>();

function show(draftKey = "c1"): HTMLTextAreaElement {
  render(
    <Composer key={draftKey} draftKey={draftKey} label="Message #general" agents={agents} commands={commands} onSend={onSend} onEditLast={onEditLast} />,
  );
  return screen.getByRole("textbox");
}

beforeEach(() => {
  localStorage.clear();
  vi.resetAllMocks();
  Element.prototype.scrollIntoView = () => undefined;
});

test("Enter sends, Shift+Enter begins a line", async () => {
  const field = show();
  await userEvent.type(field, "one{Shift>}{Enter}{/Shift}two{Enter}");
  expect(onSend).toHaveBeenCalledExactlyOnceWith("one\ntwo", []);
  expect(field.value).toBe("");
});

test("blank text is not sent", async () => {
  const field = show();
  await userEvent.type(field, "   {Enter}");
  expect(onSend).not.toHaveBeenCalled();
  expect(screen.getByRole("button", { name: "Send" })).toHaveProperty("disabled", true);
});

test("Enter that ends an input method's composition sends nothing", async () => {
  const field = show();
  await userEvent.type(field, "にほん");
  fireEvent.keyDown(field, { key: "Enter", isComposing: true });
  fireEvent.keyDown(field, { key: "Enter", keyCode: 229 });
  expect(onSend).not.toHaveBeenCalled();
  fireEvent.keyDown(field, { key: "Enter" });
  expect(onSend).toHaveBeenCalledExactlyOnceWith("にほん", []);
});

test("the field names the active agent while keys move through the list", async () => {
  const field = show();
  await userEvent.type(field, "ask @");
  expect(field.getAttribute("aria-controls")).toBe(screen.getByRole("listbox").id);
  const options = screen.getAllByRole("option");
  expect(options.map((option) => option.textContent)).toEqual(["Ba@backendBackend engineer", "QA@qaQuality engineer"]);
  expect(field.getAttribute("aria-activedescendant")).toBe(options[0]?.id);
  await userEvent.keyboard("{ArrowDown}");
  expect(field.getAttribute("aria-activedescendant")).toBe(options[1]?.id);
  await userEvent.keyboard("{Enter}");
  expect(field.value).toBe("ask @qa ");
  expect(field.getAttribute("aria-controls")).toBeNull();
  expect(field.getAttribute("aria-activedescendant")).toBeNull();
  expect(onSend).not.toHaveBeenCalled();
});

test("Tab completes, Escape closes and leaves Enter for sending", async () => {
  const field = show();
  await userEvent.type(field, "@ba{Tab}");
  expect(field.value).toBe("@backend ");
  await userEvent.clear(field);
  await userEvent.type(field, "@ba{Escape}");
  expect(screen.queryByRole("listbox")).toBeNull();
  await userEvent.keyboard("{Enter}");
  expect(onSend).toHaveBeenCalledExactlyOnceWith("@ba", []);
});

test("a command runs instead of being sent", async () => {
  const field = show();
  await userEvent.type(field, "/cl");
  expect(screen.getAllByRole("option")).toHaveLength(1);
  await userEvent.keyboard("{Enter}");
  expect(clear).toHaveBeenCalledOnce();
  expect(field.value).toBe("");
  expect(onSend).not.toHaveBeenCalled();
});

test("a command's refusal is told", async () => {
  clear.mockRejectedValue(new Error("The channel is archived."));
  await userEvent.type(show(), "/clear{Escape}{Enter}");
  expect((await screen.findByRole("alert")).textContent).toBe("The channel is archived.");
});

test("what only looks like a command is a message", async () => {
  await userEvent.type(show(), "/etc/hosts is a file{Enter}");
  expect(onSend).toHaveBeenCalledExactlyOnceWith("/etc/hosts is a file", []);
});

test("drafts are kept by channel until they are sent", async () => {
  const { unmount } = render(<Composer draftKey="c1" label="x" agents={[]} commands={[]} onSend={onSend} />);
  await userEvent.type(screen.getByRole("textbox"), "half a thought");
  unmount();
  const other = render(<Composer draftKey="c2" label="x" agents={[]} commands={[]} onSend={onSend} />);
  expect(screen.getByRole<HTMLTextAreaElement>("textbox").value).toBe("");
  other.unmount();
  const field = show("c1");
  expect(field.value).toBe("half a thought");
  await userEvent.type(field, "{Enter}");
  expect(localStorage.getItem("reznet.draft.c1")).toBeNull();
});

test("Up edits the last message only from an empty field", async () => {
  const field = show();
  await userEvent.type(field, "{ArrowUp}");
  expect(onEditLast).toHaveBeenCalledOnce();
  await userEvent.type(field, "text{ArrowUp}");
  expect(onEditLast).toHaveBeenCalledOnce();
});

test("a text above the server's limit stays, with the reason", async () => {
  const field = show();
  fireEvent.change(field, { target: { value: "ü".repeat(17_000) } });
  await userEvent.type(field, "{Enter}");
  expect(onSend).not.toHaveBeenCalled();
  expect(screen.getByRole("alert").textContent).toContain("32 KiB");
  expect(field.value).toHaveLength(17_000);
});

test("a command that wants an agent is picked, then told whom, then run", async () => {
  const field = show();
  await userEvent.type(field, "/inv{Enter}");
  expect(field.value).toBe("/invite ");
  await userEvent.type(field, "@ba{Enter}");
  expect(field.value).toBe("/invite @backend ");
  expect(invite).not.toHaveBeenCalled();
  await userEvent.type(field, "{Enter}");
  expect(invite).toHaveBeenCalledExactlyOnceWith("@backend");
  expect(onSend).not.toHaveBeenCalled();
  expect(field.value).toBe("");
});

test("a command that the server understands is sent as it stands, with its files", async () => {
  const field = show();
  await userEvent.type(field, "/pl{Enter}");
  expect(field.value).toBe("/plan ");
  await userEvent.type(field, "launch it with @backend");
  await userEvent.type(field, "{Escape}{Enter}");
  expect(onSend).toHaveBeenCalledExactlyOnceWith("/plan launch it with @backend", []);
  expect(field.value).toBe("");
});

test("a command that is refused can be mended", async () => {
  invite.mockRejectedValue(new Error("There is no agent @nobody."));
  const field = show();
  await userEvent.type(field, "/invite @nobody{Enter}");
  expect((await screen.findByRole("alert")).textContent).toBe("There is no agent @nobody.");
  expect(field.value).toBe("/invite @nobody");
});
