import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

const SRC = join(import.meta.dirname, "..");

// Each room with those it may import from.
const BELOW: Readonly<Record<string, readonly string[]>> = {
  ui: ["ui", "api"],
  api: ["api"],
  realtime: ["realtime", "api"],
  features: ["realtime", "api", "ui"],
  app: ["app", "features", "realtime", "api", "ui"],
};

const files = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.includes(".test."))
  .map((entry) => relative(SRC, join(entry.parentPath, entry.name)))
  .filter((file) => file.split("/")[0] !== "test");

const importsOf = (file: string): string[] =>
  [...readFileSync(join(SRC, file), "utf8").matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, path]) => path ?? "");

test.each(files.filter((file) => file.includes("/")))("%s imports only from below", (file) => {
  const [room = "", feature] = file.split("/");
  for (const path of importsOf(file).filter((found) => found.startsWith("@/"))) {
    const [target = "", inner] = path.slice(2).split("/");
    const isOwnFeature = room === "features" && target === "features" && inner === feature;
    expect(isOwnFeature || BELOW[room]?.includes(target), `${file} imports ${path}`).toBe(true);
  }
});

test.each(files.filter((file) => file.startsWith("features/")))("%s leaves its own folder only by its full path", (file) => {
  const depth = file.split("/").length - 3;
  for (const path of importsOf(file).filter((found) => found.startsWith("../"))) {
    expect(path.split("../").length - 1, `${file} imports ${path}`).toBeLessThanOrEqual(depth);
  }
});
