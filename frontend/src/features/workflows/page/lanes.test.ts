import { expect, test } from "vitest";
import { node } from "@/test/workflows";
import { ticksOf, timelineOf } from "./lanes";

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
const ran = (key: string, from: number, to: number | null, agent = "qa") => node(key, { agent, started_at: at(from), finished_at: to === null ? null : at(to) });

test("each agent has a lane; what runs at the same time stands in rows of its own", () => {
  const now = Date.parse(at(20));
  const { lanes, length, waiting } = timelineOf([ran("a", 0, 10), ran("b", 5, null), ran("c", 10, 12), ran("d", 2, 4, "devops"), node("e")], now);
  expect(length).toBe(20_000);
  expect(lanes.map(({ agent, rows, bars }) => [agent, rows, bars.map(({ task, row }) => `${task.key}${row}`).join(" ")])).toEqual([["qa", 2, "a0 b1 c0"], ["devops", 1, "d0"]]);
  expect(lanes[0]?.bars.map(({ left, width }) => [left, width])).toEqual([[0, 0.5], [0.25, 0.75], [0.5, 0.1]]);
  expect(waiting.map(({ key }) => key)).toEqual(["e"]);
});

test("a clock that is behind that of the server makes no bar of negative length", () => {
  const { lanes, length } = timelineOf([ran("a", 10, null)], Date.parse(at(0)));
  expect([lanes[0]?.bars[0]?.width, length]).toEqual([0, 1_000]);
});

test("an axis has a few round times, however long it is", () => {
  expect(ticksOf(11_000)).toEqual([0, 2_000, 4_000, 6_000, 8_000, 10_000]);
  for (const length of [1_000, 95_000, 3_600_000, 40 * 3_600_000]) expect(ticksOf(length).length).toBeLessThanOrEqual(7);
});
