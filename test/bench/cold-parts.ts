import { readFile } from 'node:fs/promises';

/** A part of a bundle that another one imports at its start, and not when it comes to that. */
const STATIC_IMPORT = /(?:from|import)\s*["'](\.\.?\/[^"']+\.mjs)["']/g;

/** Octets that a start loads from `entry`: the file and what it imports statically. What is loaded on demand is left out. */
export async function coldBytes(entry: URL, seen: Set<string> = new Set()): Promise<number> {
  if (seen.has(entry.href)) return 0;
  seen.add(entry.href);
  const text = await readFile(entry, 'utf8');
  let bytes = Buffer.byteLength(text);
  for (const [, part = ''] of text.matchAll(STATIC_IMPORT))
    bytes += await coldBytes(new URL(part, entry), seen);
  return bytes;
}
