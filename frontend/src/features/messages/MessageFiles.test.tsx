import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { fileInfo } from "@/test/uploads";
import { MessageFiles } from "./MessageFiles";

const wide = fileInfo({ id: "p1", name: "wide.png", media_type: "image/png", width: 3600, height: 1000, size: 2_500_000 });
const small = fileInfo({ id: "p2", name: "small.png", media_type: "image/png", width: 20, height: 10 });

test("a message without files shows nothing", () => {
  const { container } = render(<MessageFiles files={[]} />);
  expect(container.innerHTML).toBe("");
});

test("an image keeps its room before it is there, and is named", () => {
  render(<MessageFiles files={[wide, small]} />);
  const [first, second] = screen.getAllByRole<HTMLImageElement>("img");
  expect([first?.width, first?.height, first?.alt]).toEqual([360, 100, "wide.png"]);
  expect(first?.getAttribute("src")).toBe("/api/files/p1/content?thumbnail=true");
  expect([second?.width, second?.height]).toEqual([48, 48]);
});

test("whatever else there is can be saved under its name", () => {
  render(<MessageFiles files={[fileInfo({ name: "<b>Größe</b>.html", size: 1_250_000 })]} />);
  const link = screen.getByRole("link");
  expect(link.textContent).toContain("<b>Größe</b>.html");
  expect(link.textContent).toContain("1.3 MB");
  expect(link.getAttribute("download")).toBe("<b>Größe</b>.html");
  expect(link.getAttribute("href")).toBe("/api/files/f1/content");
});

test("an image opens large, and the arrow keys go on to the next", async () => {
  render(<MessageFiles files={[wide, fileInfo(), small]} />);
  await userEvent.click(screen.getByRole("button", { name: "wide.png" }));
  const dialog = await screen.findByRole("dialog", { name: "wide.png" });
  expect(dialog.textContent).toContain("image 1 of 2");
  await vi.waitFor(() => expect(dialog.contains(document.activeElement)).toBe(true));
  await userEvent.keyboard("{ArrowRight}");
  await screen.findByRole("dialog", { name: "small.png" });
  await userEvent.keyboard("{ArrowRight}{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
});
