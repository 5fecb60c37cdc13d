const UNITS = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const;

/** Returns bytes in words for people, such as `3.2 MB`. */
export function sizeText(bytes: number): string {
  for (const [unit, step] of UNITS) {
    if (bytes < step) continue;
    const number = bytes / step;
    return `${number >= 10 ? Math.round(number) : Math.round(number * 10) / 10} ${unit}`;
  }
  return bytes === 1 ? "1 byte" : `${bytes} bytes`;
}
