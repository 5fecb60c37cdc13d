import { expect, test } from "vitest";
import { cronWords, triggerWords, USUAL, zonesWith } from "./words";

test.each([
  ["0 9 * * 1-5", "Monday to Friday at 09:00"],
  ["5 17 * * *", "Every day at 17:05"],
  [" 0  8 * * 1,4 ", "Every Monday, Thursday at 08:00"],
  ["0 8 * * 7", "Every Sunday at 08:00"],
  ["30 6 1 * *", "On day 1 of each month at 06:30"],
  ["0 * * * *", "Every hour"],
  ["20 * * * *", "Every hour, 20 minutes past"],
  ["*/15 * * * *", "Every 15 minutes"],
])("“%s” is said as “%s”", (cron, words) => {
  expect(cronWords(cron)).toBe(words);
});

// Words that are not quite right would be worse than none.
test.each(["", "9 Uhr", "0 9 * *", "0 9 * * * *", "0 9 * 1 *", "0 9 1 * 1", "61 9 * * *", "0 24 * * *", "0 9 32 * *", "0 9 0 * *", "0 9 * * 8", "0 9 * * mon", "*/7 * * * *", "0 9-17 * * *"])("“%s” is not said in words", (cron) => {
  expect(cronWords(cron)).toBeNull();
});

test("all times that are offered have words", () => {
  expect(USUAL.map(cronWords)).not.toContain(null);
});

test("a schedule without words is told as it is", () => {
  expect(triggerWords({ settings: { kind: "schedule", cron: "0 9-17 * * *" } }, "#general")).toBe("At the times of 0 9-17 * * *");
});

test("a zone that the browser does not know can still be chosen", () => {
  expect(zonesWith("Mars/Base")).toContain("Mars/Base");
});
