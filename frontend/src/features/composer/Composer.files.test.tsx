import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { FakeRequest, fileInfo, scriptUploads } from "@/test/uploads";
import { Composer } from "./Composer";

const onSend = vi.fn<(content: string, files: readonly unknown[]) => void>();
let count = 0;

beforeEach(() => {
  count += 1;
  localStorage.clear();
  queryClient.clear();
  vi.resetAllMocks();
  scriptUploads(() => Response.json({ max_file_size: 1000, max_files: 10 }));
});
afterEach(() => vi.unstubAllGlobals());

function show(): HTMLTextAreaElement {
  render(<Composer draftKey={`files-${count}`} channelId="c1" label="Message" agents={[]} commands={[]} onSend={onSend} />);
  return screen.getByRole("textbox");
}

const notes = (): File => new File(["hello"], "notes.txt");
const paste = (field: Element, types: string[], files: File[]): boolean => fireEvent.paste(field, { clipboardData: { types, files } });
const answer = async (): Promise<void> => {
  await vi.waitFor(() => expect(FakeRequest.all).toHaveLength(1));
  FakeRequest.all[0]?.answer(201, fileInfo());
  await screen.findByText("5 bytes");
};

test("a chosen file is sent with the message, and may be all of it", async () => {
  const field = show();
  await userEvent.upload(screen.getByLabelText("Files to attach"), notes());
  expect(await screen.findByRole("progressbar", { name: "Sending notes.txt" })).toBeTruthy();
  await userEvent.type(field, "{Enter}");
  expect(onSend).not.toHaveBeenCalled();
  expect(screen.getByRole("alert").textContent).toContain("notes.txt is still on its way");
  await answer();
  expect(screen.queryByRole("alert")).toBeNull();
  await userEvent.type(field, "{Enter}");
  expect(onSend).toHaveBeenCalledExactlyOnceWith("", [fileInfo()]);
  expect(screen.queryByText("notes.txt")).toBeNull();
  expect(screen.getByRole("button", { name: "Send" })).toHaveProperty("disabled", true);
});

test("a picture from the clipboard is attached", async () => {
  expect(paste(show(), ["Files"], [notes()])).toBe(false); // and nothing else is pasted
  await answer();
});

test("text that was copied with its picture stays text", () => {
  expect(paste(show(), ["text/plain", "text/html", "Files"], [notes()])).toBe(true);
  expect(FakeRequest.all).toEqual([]);
});

test("a file can be taken out again by the keyboard", async () => {
  paste(show(), ["Files"], [notes()]);
  await answer();
  screen.getByRole("button", { name: "Remove notes.txt" }).focus();
  await userEvent.keyboard("{Enter}");
  expect(screen.queryByText("notes.txt")).toBeNull();
});
