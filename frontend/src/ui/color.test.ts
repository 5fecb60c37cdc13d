import { expect, test } from "vitest";
import { AGENT_COLORS, colorOf, inkOn, readable } from "./color";

function contrast(one: string, other: string): number {
  const luminance = (hex: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const [a, b] = [luminance(one), luminance(other)];
  return Math.max(a, b) / Math.min(a, b);
}

test.each([...AGENT_COLORS, "#000000", "#0000FF", "#330000", "#FFFFFF", "#7A7A7A"])("text in %s can be read on every panel", (color) => {
  for (const panel of ["#0A0A11", "#171724", "#1C1C2C"]) expect(contrast(readable(color), panel)).toBeGreaterThanOrEqual(4.5);
});

test.each([...AGENT_COLORS, "#7A7A7A", "#0000FF", "#FFFF00"])("initials on %s can be read", (color) => {
  expect(contrast(inkOn(color), color)).toBeGreaterThanOrEqual(4.5);
});

test("an agent without a colour keeps the one it was given", () => {
  const agent = { id: "0198", config: { color: null } };
  expect(AGENT_COLORS).toContain(colorOf(agent));
  expect(colorOf(agent)).toBe(colorOf({ ...agent }));
});
