import { fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Message } from "@/api/types";
import { useConversations } from "@/realtime/conversations";
import { useReads } from "@/realtime/reads";
import { message } from "@/test/messages";
import { EMOJI, findEmoji, offered } from "./emoji";
import { ReactionPicker } from "./ReactionPicker";
import { Reactions } from "./Reactions";
import { toggleReaction } from "./reactions";

const me = { id: "me", name: "You" };
const ada = { id: "ada", name: "Ada" };
let asked: string[];
let answer: () => Response;

function open(...messages: Message[]): void {
  useConversations.setState(
    { c1: { messages, state: "ready", error: null, older: null, newer: null, isLoadingMore: false, around: undefined, isTargetGone: false } },
    true,
  );
}
const stored = (): Message | undefined => useConversations.getState()["c1"]?.messages[0];

beforeEach(() => {
  asked = [];
  localStorage.clear();
  useReads.setState({ me: "me" });
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(`${request.method} ${decodeURIComponent(new URL(request.url).pathname.split("/").at(-1) ?? "")}`);
    return answer();
  });
});
afterEach(() => vi.unstubAllGlobals());

test("chips say what was given, by whom, and whether by oneself", () => {
  const given = message({ reactions: [{ emoji: "👍", count: 2, users: [ada, me] }, { emoji: "🎉", count: 1, users: [ada] }] });
  render(<Reactions message={given} rowId="r" />);
  expect(screen.getByRole("button", { name: /👍\s*2\s*You and Ada/ }).getAttribute("aria-pressed")).toBe("true");
  expect(screen.getByRole("button", { name: /🎉\s*1\s*Ada/ }).getAttribute("aria-pressed")).toBe("false");
});

test("a click shows the reaction at once and tells the server", async () => {
  const given = message({ reactions: [{ emoji: "👍", count: 1, users: [ada] }] });
  open(given);
  const later = { ...given, reactions: [{ emoji: "👍", count: 2, users: [ada, me] }], updated_at: "2027-01-01T00:00:00Z" };
  answer = () => Response.json(later);
  render(<Reactions message={given} rowId="r" />);
  await userEvent.click(screen.getByRole("button", { name: /👍/ }));
  expect(stored()?.reactions).toEqual(later.reactions);
  await vi.waitFor(() => expect(stored()?.updated_at).toBe(later.updated_at));
  expect(asked).toEqual(["PUT 👍"]);
});

test("the last one taken away leaves no chip, and what was refused comes back", async () => {
  const given = message({ reactions: [{ emoji: "❤️", count: 1, users: [me] }] });
  open(given);
  answer = () => Response.json(given);
  toggleReaction(given, "❤️");
  expect(stored()?.reactions).toEqual([]);
  await vi.waitFor(() => expect(stored()?.reactions).toEqual(given.reactions));
  expect(asked).toEqual(["DELETE ❤️"]);
});

test("an emoji is found by the beginnings of its words, and by itself", () => {
  expect(findEmoji("thumbs u").map(({ sign }) => sign)).toEqual(["👍"]);
  expect(findEmoji("ROCKET")[0]?.sign).toBe("🚀");
  expect(findEmoji("ship").map(({ sign }) => sign)).toContain("🚀");
  expect(findEmoji("🚀")[0]?.name).toBe("rocket");
  expect(findEmoji("🫎").map(({ sign }) => sign)).toEqual(["🫎"]);
  expect(findEmoji("nosuchthing")).toEqual([]);
});

test("the list has each emoji once, and those given lately come first", () => {
  expect(new Set(EMOJI.map(({ sign }) => sign)).size).toBe(EMOJI.length);
  expect(EMOJI.every(({ sign, name }) => sign !== "" && name !== "")).toBe(true);
  expect(offered(["🐛"], 3).map(({ sign }) => sign)).toEqual(["🐛", "👍", "❤️"]);
});

test("the picker is used by keyboard alone", async () => {
  const onPick = vi.fn();
  const onClose = vi.fn();
  render(<button type="button">here</button>);
  Element.prototype.scrollIntoView = vi.fn();
  render(<ReactionPicker anchor={screen.getByText("here")} onPick={onPick} onClose={onClose} />);
  const field = await screen.findByRole("combobox", { name: /emoji/ });
  await vi.waitFor(() => expect(document.activeElement).toBe(field));
  const list = screen.getByRole("listbox");
  fireEvent.keyDown(field, { key: "ArrowRight" });
  expect(within(list).getByRole("option", { selected: true }).textContent).toBe("❤️");
  await userEvent.type(field, "bug");
  expect(within(list).getByRole("option", { selected: true }).textContent).toBe("🐛");
  await userEvent.keyboard("{Enter}");
  expect(onPick).toHaveBeenCalledWith("🐛");
  await userEvent.keyboard("{Escape}");
  expect(onClose).toHaveBeenCalled();
});
