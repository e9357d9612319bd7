import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { upgradeAuditRecord } from '../../../shared/contract/audit/read-record.ts';
import { BadLineError, readLines } from '../shell/read-lines.ts';
import {
  type ReplayedPerspective,
  type ReplayedQuorum,
  replayedPerspectiveSchema,
  replayedQuorumSchema,
} from './replay-decision.ts';

/** An entry of the trail that a replay needs, or what is wrong with a place in it. */
export type Entry =
  | { readonly kind: 'perspective'; readonly record: ReplayedPerspective }
  | { readonly kind: 'quorum'; readonly record: ReplayedQuorum }
  | {
      readonly kind: 'problem';
      readonly place: string;
      readonly problem: string;
      readonly mpicId: string | null;
    };

/** The largest record there is holds what each hop of an HTTP check showed. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

const headSchema = z.looseObject({ event: z.string(), mpic_id: z.string().optional() });

/** Files to read of one `--trail`: the file itself, or every `*.jsonl` below the folder, in the order of their names. */
export async function listTrail(path: string): Promise<readonly string[]> {
  if (path === '-' || !(await stat(path)).isDirectory()) return [path];
  const found = await readdir(path, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The records of one file that a replay needs; others are left out. */
export async function* readTrail(file: string, stdin: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  try {
    const lines = readLines(file === '-' ? stdin : createReadStream(file), MAX_LINE_BYTES);
    for await (const { number, text } of lines) {
      const entry = text.trim() === '' ? null : parseLine(`${file}:${number}`, text);
      if (entry !== null) yield entry;
    }
  } catch (error) {
    if (!(error instanceof BadLineError)) throw error;
    yield { kind: 'problem', place: `${file}:${error.number}`, problem: error.message, mpicId: null };
  }
}

function parseLine(place: string, text: string): Entry | null {
  const head = headSchema.safeParse(upgradeAuditRecord(parseJson(text)));
  if (!head.success) return { kind: 'problem', place, problem: 'not an audit record', mpicId: null };
  const { event, mpic_id: mpicId = null } = head.data;
  if (event === 'perspective-check') {
    const read = replayedPerspectiveSchema.safeParse(head.data);
    if (read.success) return { kind: 'perspective', record: read.data };
    return { kind: 'problem', place, problem: explain(event, read.error), mpicId };
  }
  if (event !== 'quorum-decision') return null;
  const read = replayedQuorumSchema.safeParse(head.data);
  if (read.success) return { kind: 'quorum', record: read.data };
  return { kind: 'problem', place, problem: explain(event, read.error), mpicId };
}

function explain(event: string, { issues }: z.ZodError): string {
  const members = [...new Set(issues.map(({ path }) => path.join('.')))].slice(0, 5).join(', ');
  return `a ${event} record that cannot be replayed: ${members} missing or not as this version writes it`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
