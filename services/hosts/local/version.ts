import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Recorder } from '../../../shared/contract/audit/audit-schema.ts';

/** Identifies this process in evidence and log: version from package.json, instance from host name and process id. */
export function readRecorder(): Recorder {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return { service: 'mpic', version, instance: `${hostname()}:${process.pid}` };
}
