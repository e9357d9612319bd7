import { skipWithoutUnbound } from '../unbound-daemon.ts';

/** Whether tests of `what`, which need a validating resolver and crafted zones, must be skipped; reports why. */
export function skipWithoutCrafted(what: string): boolean {
  if (skipWithoutUnbound(what)) return true;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) process.stderr.write(`skipped: ${what}; its name servers need port 53, and so root\n`);
  return !isRoot;
}
