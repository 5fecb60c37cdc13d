import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Markdown } from "./Markdown";
import { Marks } from "./marks";

const shown = vi.fn<(mark: string) => void>();

function show(text: string, ...known: string[]): HTMLElement {
  const marks = { known: new Set(known), show: shown };
  return render(<Marks value={marks}><Markdown text={text} /></Marks>).container;
}

const buttons = (): string[] => screen.queryAllByRole("button", { name: /^Memory/ }).map((button) => button.textContent ?? "");

test("a known mark leads to its memory, and the text stays as it was written", async () => {
  const page = show("She lives in **Rome [m1]**, since May [m2].", "m1", "m2");
  expect(page.textContent).toBe("She lives in Rome [m1], since May [m2].");
  await userEvent.click(screen.getByRole("button", { name: "Memory m2" }));
  expect(shown).toHaveBeenCalledExactlyOnceWith("m2");
});

test("several marks may share their brackets", () => {
  const page = show("Rome [m1, m2][m3].", "m1", "m2", "m3");
  expect(buttons()).toEqual(["m1", "m2", "m3"]);
  expect(page.textContent).toBe("Rome [m1, m2][m3].");
});

test.each([
  ["unknown marks", "Rome [m7], item m1, a[m1x]"],
  ["code", "`[m1]`"],
  ["a block of code", "```\nrow[m1]\n```"],
  ["a link, which holds no other", "[see [m1]](https://example.com)"],
])("%s stay text", (_name, text) => {
  show(text, "m1");
  expect(buttons()).toEqual([]);
});

test("without marks of a message nothing changes", () => {
  const page = render(<Markdown text="Rome [m1] @nobody" />).container;
  expect(buttons()).toEqual([]);
  expect(page.textContent).toBe("Rome [m1] @nobody");
});
