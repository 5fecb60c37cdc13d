// Puts a .br and a .gz beside each file of a built UI that gets smaller by it; the server sends those.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = /\.(?:css|html|js|json|map|mjs|svg|txt|wasm|webmanifest|xml)$/;
const WORTH_IT = 0.95; // of the size; below that, unpacking costs more than it saves

const folder = process.argv[2];
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !TEXT.test(entry.name)) continue;
  const file = join(entry.parentPath ?? entry.path, entry.name);
  const content = readFileSync(file);
  const packed = {
    br: brotliCompressSync(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
    gz: gzipSync(content, { level: constants.Z_BEST_COMPRESSION }),
  };
  for (const [suffix, smaller] of Object.entries(packed)) {
    if (smaller.length < content.length * WORTH_IT) writeFileSync(`${file}.${suffix}`, smaller);
  }
}
