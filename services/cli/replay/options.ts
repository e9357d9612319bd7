import { parseArgs } from 'node:util';
import * as z from 'zod';

export interface ReplayOptions {
  /** Files, folders, or `-` for standard input. */
  readonly trail: readonly string[];
  /** Only the decisions of this request. */
  readonly id: string | null;
  /** The day whose rules to decide by; null: the recorded one. */
  readonly asOf: string | null;
  readonly json: boolean;
}

export const USAGE = `Usage: npm run replay -- --trail <file|folder|-> [options]
Decides recorded attempts once more from their audit records, and says where the outcome is another one.
  --trail <path>         file of audit records, folder with such files (*.jsonl), or - for standard input; can be repeated
  --id <mpic_id>         only the decisions of this request
  --as-of <YYYY-MM-DD>   under the rules of that day; without it, of the day in the record
  --json                 one line of JSON per decision
Exit status: 0 when every decision could be replayed and, without --as-of, none came out otherwise; 1 when not; 2 when the
options are wrong.
`;

/** @throws Error that says which option is wrong. */
export function parseOptions(argv: readonly string[]): ReplayOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      trail: { type: 'string', multiple: true },
      id: { type: 'string' },
      'as-of': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.trail === undefined)
    throw new Error('--trail is missing: a file of audit records, a folder, or -');
  const asOf = values['as-of'] ?? null;
  if (asOf !== null && !z.iso.date().safeParse(asOf).success)
    throw new Error(`--as-of ${asOf}: not a date like 2027-03-15`);
  return { trail: values.trail, id: values.id ?? null, asOf, json: values.json };
}
