import { expect, test } from "vitest";
import { savedWorkflow, trigger } from "@/test/saved";
import { exampleBody, exampleCall } from "./example";

const { parameters } = savedWorkflow();

test("a body has each value where the trigger looks for it", () => {
  const hook = trigger({ kind: "webhook", settings: { kind: "webhook", fields: { week: "data.items.1.week" } } });
  expect(exampleBody(hook, parameters)).toEqual({ data: { items: [null, { week: "…" }] }, reader: "the team" });
});

test("two values may lie in one place, and fixed ones are in none", () => {
  const hook = trigger({ kind: "webhook", settings: { kind: "webhook", fields: { week: "a.x", reader: "a.y" } } });
  expect(exampleBody(hook, parameters)).toEqual({ a: { x: "…", y: "the team" } });
  expect(exampleBody({ ...hook, parameters: { reader: "Ada" } }, parameters)).toEqual({ a: { x: "…" } });
});

test("a quote in a value does not end the shell's text", () => {
  expect(exampleCall("http://localhost/x", "whsec_a", { title: "it's" })).toContain(String.raw`body='{"title":"it'\''s"}'`);
});
