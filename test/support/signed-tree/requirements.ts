import { skipWithoutUnbound } from '../unbound-daemon.ts';
import { missingForSignedTree } from './tools.ts';

/** Whether tests of `what`, which need a validating resolver and real signed zones, must be skipped; reports why. */
export function skipWithoutTree(what: string): boolean {
  if (skipWithoutUnbound(what)) return true;
  const missing = missingForSignedTree();
  if (missing !== null) process.stderr.write(`skipped: ${what}; ${missing}\n`);
  return missing !== null;
}
