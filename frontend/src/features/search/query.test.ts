import { expect, test } from "vitest";
import { completed, extended, marked, unfinished } from "./query";

test.each([
  ["from:", { operator: "from", value: "", start: 0 }],
  ["deploy FROM:@ba", { operator: "from", value: "@ba", start: 7 }],
  ["x -in:gen", { operator: "in", value: "gen", start: 3 }],
  ['in:"release no', { operator: "in", value: "release no", start: 0 }],
  ["from:qa ", null],
  ['in:"release notes"', null],
  ["xfrom:qa", null],
  ["std::vec", null],
  ["", null],
])("%j ends with %j", (text, expected) => {
  expect(unfinished(text)).toEqual(expected);
});

test("a completed operator is quoted where it must be, and closed by a blank", () => {
  const complete = (text: string, value: string): string => {
    const token = unfinished(text);
    return token === null ? "" : completed(text, token, value);
  };
  expect(complete("deploy from:ba", "backend")).toBe("deploy from:backend ");
  expect(complete("x -in:rel", "Release notes")).toBe('x -in:"Release notes" ');
  expect(complete('in:"rel', "#general")).toBe("in:#general ");
});

test("pieces are added behind a blank", () => {
  expect(extended("", "from:")).toBe("from:");
  expect(extended("a", "from:")).toBe("a from:");
  expect(extended("a ", "from:")).toBe("a from:");
});

test("matches are cut by code points, so that no sign is torn apart", () => {
  expect(marked("😀 a😀b c", [{ start: 2, end: 5 }])).toEqual([
    { text: "😀 ", isMatch: false },
    { text: "a😀b", isMatch: true },
    { text: " c", isMatch: false },
  ]);
  expect(marked("", [])).toEqual([]);
});
