/** The colours agents are given; each is a border or a fill, its text form is `readable`. */
export const AGENT_COLORS = ["#9D00FF", "#00F6FF", "#FF00F7", "#39FF14", "#FF6B00"] as const;

const BACKGROUND = luminance([23, 23, 36]);
const AA = 4.5;

/** Returns the colour of an agent; one without gets one by its id, always the same. */
export function colorOf(agent: { id: string; config: { color?: string | null } } | undefined): string {
  if (agent === undefined) return "#8D8DAB";
  if (agent.config.color) return agent.config.color;
  let sum = 0;
  for (const char of agent.id) sum = (sum * 31 + char.charCodeAt(0)) >>> 0;
  return AGENT_COLORS[sum % AGENT_COLORS.length] ?? AGENT_COLORS[0];
}

/** Returns the colour, made lighter until text in it can be read on the darkest panels (WCAG AA). */
export function readable(hex: string): string {
  const start = channels(hex);
  for (let white = 0; white < 1; white += 0.05) {
    const mixed = start.map((value) => Math.round(value + (255 - value) * white));
    if ((luminance(mixed) + 0.05) / (BACKGROUND + 0.05) >= AA + 1) return toHex(mixed);
  }
  return "#FFFFFF";
}

/** Returns black or white, whichever is easier to read on the colour. */
export function inkOn(hex: string): string {
  return luminance(channels(hex)) > 0.179 ? "#000000" : "#FFFFFF";
}

function channels(hex: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) || 0);
}

function toHex(rgb: readonly number[]): string {
  return `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`.toUpperCase();
}

/** Relative luminance after WCAG 2.1. */
function luminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
