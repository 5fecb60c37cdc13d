// Prints what the page loads before it can be used, compressed, and fails above the limit.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 200;

const dist = new URL("../dist/", import.meta.url);
const page = readFileSync(new URL("index.html", dist), "utf8");
const named = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, file]) => file);
// What the entry imports statically is loaded with it.
const seen = new Set();
const visit = (file) => {
  if (seen.has(file)) return;
  seen.add(file);
  if (!file.endsWith(".js")) return;
  const text = readFileSync(new URL(file, dist), "utf8");
  for (const [, other] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) visit(`assets/${other}`);
};
named.forEach(visit);
const sizes = [...seen].map((file) => [file, gzipSync(readFileSync(new URL(file, dist))).length / 1000]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
for (const [file, size] of sizes) process.stdout.write(`${size.toFixed(1).padStart(7)} kB  ${file}\n`);
process.stdout.write(`${total.toFixed(1).padStart(7)} kB  in all, of ${LIMIT_KB} kB\n`);
process.exitCode = total > LIMIT_KB ? 1 : 0;
