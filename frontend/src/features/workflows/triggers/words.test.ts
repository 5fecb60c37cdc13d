import { expect, test } from "vitest";
import { clockTime, cronWords, triggerWords, USUAL, zonesWith } from "./words";

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

test.each([
  ["2031-03-29T09:00:00+01:00", /29.*2031.*09:00.* UTC\+1$/],
  ["2031-03-30T03:00:00+02:00", /30.*2031.*03:00.* UTC\+2$/],
  ["2031-01-01T00:05:00Z", /1.*2031.*(?:00|12):05.* UTC$/],
  ["2031-01-01T10:05:00+00:00", /10:05.* UTC$/],
  ["2031-01-01T10:05:00-03:30", /10:05.* UTC−3:30$/],
  ["2031-01-01T10:05:00+05:45", /10:05.* UTC\+5:45$/],
  [`${new Date().getFullYear()}-06-01T10:05:00Z`, /^(?!.*20\d\d).*10:05/],
])("%s is told by its own clock", (iso, words) => {
  expect(clockTime(iso)).toMatch(words);
});
