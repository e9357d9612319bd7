import { readFileSync } from 'node:fs';

/** The version of this package, for the evidence. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  return version;
}
