import * as z from 'zod';
import { upgradeAuditRecord } from '../../../shared/contract/audit/read-record.ts';
import type { TrailLine } from '../shell/trail.ts';
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

const headSchema = z.looseObject({ event: z.string(), mpic_id: z.string().optional() });

/** What a line of the trail means for a replay; null for a record that it does not need. */
export function parseEntry({ place, text, problem }: TrailLine): Entry | null {
  return problem === null ? parseLine(place, text) : { kind: 'problem', place, problem, mpicId: null };
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
