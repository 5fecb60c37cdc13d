import { renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { FakeRequest, fileInfo, scriptUploads } from "@/test/uploads";
import { useToasts } from "@/ui/toast";
import { attach, obstacle, restore, take, useAttachments, type Attachment } from "./attachments";
import { remove, retry } from "./sending";

let draft = "";
let count = 0;
let asked: string[];

const limits = { max_file_size: 1000, max_files: 3 };
const file = (name: string, size = 5): File => new File(["x".repeat(size)], name);
const attachments = (): readonly Attachment[] => renderHook(() => useAttachments(draft)).result.current;
const states = (): string[] => attachments().map(({ name, state }) => `${name}: ${state}`);
const request = (index: number): FakeRequest => FakeRequest.all[index] as FakeRequest;
const settle = (state: string): Promise<void> => vi.waitFor(() => expect(states().join()).toContain(state));

beforeEach(() => {
  count += 1;
  draft = `draft-${count}`;
  asked = [];
  localStorage.clear();
  queryClient.clear();
  useToasts.setState({ toasts: [] });
  scriptUploads(({ method, url }) => {
    asked.push(`${method} ${new URL(url).pathname}`);
    if (url.endsWith("/limits")) return Response.json(limits);
    return url.endsWith("gone") ? Response.json({ detail: "gone", code: "x", status: 404 }, { status: 404 }) : Response.json(fileInfo());
  });
});
afterEach(() => {
  for (const { key } of attachments()) remove(draft, key); // what is still sent would keep the next test waiting
  vi.unstubAllGlobals();
});

test("a file is sent with its name, tells how far it is, and is there under the server's name", async () => {
  await attach(draft, "c1", [file("a b.txt")]);
  expect(states()).toEqual(["a b.txt: sending"]);
  expect(request(0).address).toBe("/api/files?channel_id=c1&name=a+b.txt");
  request(0).progress(1, 4);
  expect(attachments()[0]?.part).toBe(0.25);
  expect(obstacle(attachments())).toContain("still on its way");
  request(0).answer(201, fileInfo({ name: "a_b.txt" }));
  await settle("a_b.txt: there");
  expect(obstacle(attachments())).toBeNull();
  expect(take(draft).map(({ id }) => id)).toEqual(["f1"]);
  expect(states()).toEqual([]);
});

test("what is too large, or empty, is refused before it is sent", async () => {
  await attach(draft, "c1", [file("big.iso", 1001), file("none.txt", 0)]);
  expect(attachments().map(({ error }) => error)).toEqual(["It has 1 kB; at most 1 kB can be attached.", "It is empty, or a folder."]);
  expect(attachments().some(({ canRetry }) => canRetry)).toBe(false);
  expect(FakeRequest.all).toEqual([]);
  expect(obstacle(attachments())).toContain("big.iso could not be attached");
});

test("no more than a message can have are taken, and that is said", async () => {
  await attach(draft, "c1", [file("a"), file("b")]);
  await attach(draft, "c1", [file("c"), file("d")]);
  expect(attachments().map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect(useToasts.getState().toasts[0]?.text).toContain("3 files");
});

test("two are sent at once, the others after them", async () => {
  await attach(draft, "c1", [file("a"), file("b"), file("c")]);
  expect(states()).toEqual(["a: sending", "b: sending", "c: waiting"]);
  request(0).answer(201, fileInfo());
  await settle("c: sending");
  expect(FakeRequest.all.map(({ sent }) => sent?.name)).toEqual(["a", "b", "c"]);
  for (const late of [1, 2]) request(late).answer(201, fileInfo({ id: `f${late}`, name: `${late}` }));
  await settle("2: there");
});

test("one that is removed on its way is stopped, and makes room", async () => {
  await attach(draft, "c1", [file("a"), file("b"), file("c")]);
  remove(draft, attachments()[0]?.key ?? "");
  expect(request(0).isAborted).toBe(true);
  await settle("c: sending");
  request(0).answer(201, fileInfo()); // too late
  remove(draft, attachments()[1]?.key ?? "");
  remove(draft, attachments()[0]?.key ?? "");
  expect(states()).toEqual([]);
});

test("one that is there is deleted when it is removed", async () => {
  await attach(draft, "c1", [file("a")]);
  request(0).answer(201, fileInfo({ id: "f9" }));
  await settle("there");
  remove(draft, attachments()[0]?.key ?? "");
  await vi.waitFor(() => expect(asked).toContain("DELETE /api/files/f9"));
});

test("one that reached nobody is sent again when asked", async () => {
  await attach(draft, "c1", [file("a")]);
  request(0).fail();
  await settle("a: failed");
  expect(attachments()[0]).toMatchObject({ canRetry: true });
  expect(attachments()[0]?.error).toContain("can't be reached");
  retry(draft, attachments()[0]?.key ?? "");
  await vi.waitFor(() => expect(FakeRequest.all).toHaveLength(2));
  request(1).answer(201, fileInfo());
  await settle("there");
});

test("a refusal is told in the server's words", async () => {
  await attach(draft, "c1", [file("a.png")]);
  request(0).answer(400, { detail: "The image is too large.", code: "image_too_large", status: 400 });
  await settle("failed");
  expect(attachments()[0]).toMatchObject({ error: "The image is too large.", canRetry: false });
});

test("an answer that is none of ours is no crash", async () => {
  await attach(draft, "c1", [file("a")]);
  request(0).answer(502, "<html>bad gateway</html>");
  await settle("failed");
  expect(attachments()[0]).toMatchObject({ canRetry: true });
});

test("files that are there come back after a reload, but for those that the server has no more", async () => {
  localStorage.setItem(`reznet.files.${draft}`, JSON.stringify([fileInfo({ id: "kept", name: "kept" }), fileInfo({ id: "gone", name: "gone" })]));
  const restoring = restore(draft);
  await settle("kept: there");
  await restoring;
  expect(states()).toEqual(["kept: there"]);
  expect(localStorage.getItem(`reznet.files.${draft}`)).toContain("kept");
  take(draft);
  expect(localStorage.getItem(`reznet.files.${draft}`)).toBeNull();
});
