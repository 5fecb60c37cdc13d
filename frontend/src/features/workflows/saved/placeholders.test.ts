import { expect, test } from "vitest";
import { savedWorkflow } from "@/test/saved";
import { isAsked, parametersFor, placeholdersOf } from "./placeholders";

test("placeholders are found in every text, each once, in their order", () => {
  const tasks = [{ key: "a", agent: "backend", title: "{{ b }} {{a}}", description: "{{c}} {d} {{1e}} {{a b}}", expected_output: "{{f}}" }];
  expect(placeholdersOf({ title: "{{a}}", request: "{{g}}", tasks })).toEqual(["a", "g", "b", "c", "f"]);
});

test("what is known of a parameter stays, and a new one must be given", () => {
  const { parameters } = savedWorkflow();
  expect(parametersFor(["reader", "new"], parameters)).toEqual([
    { name: "reader", description: "", default: "the team", required: true },
    { name: "new", description: "", default: null, required: true },
  ]);
});

test("only what nothing stands in for is asked for", () => {
  expect([{ name: "a" }, { name: "b", required: false }, { name: "c", default: "x" }].map(isAsked)).toEqual([true, false, false]);
});
