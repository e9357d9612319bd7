import * as z from 'zod';
import { upgradeAuditRecord } from '../../../shared/contract/audit/read-record.ts';
import { type Io, option } from '../shell/command.ts';
import { readTrails } from '../shell/trail.ts';

/** A time as `2026-11-22T02:36:38Z`, or a day, which is its first moment (UTC). */
const moment = z
  .union(
    [z.iso.date(), z.iso.datetime()],
    'is neither a day like 2026-11-22 nor a time like 2026-11-22T02:36:38Z',
  )
  .transform((text) => Date.parse(text))
  .optional();

/** The options of every verb that says which records are meant. */
export const SELECT_OPTIONS = {
  trail: option(
    '<path...>',
    'file of audit records, folder with such files (*.jsonl), or - for standard input',
    z.array(z.string()),
  ),
  id: option('<mpic_id>', 'only records of this request', z.string().optional()),
  target: option(
    '<name>',
    'only records about this name or address, as sent or as checked',
    z.string().optional(),
  ),
  from: option('<time>', 'only records of this day or time and later', moment),
  to: option('<time>', 'only records before this day or time', moment),
  order: option('<text>', 'only records of this order_reference', z.string().optional()),
};

/** Which records are meant; what is left out does not matter. */
export interface Selection {
  readonly trail: readonly string[];
  readonly id?: string | undefined;
  readonly target?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly order?: string | undefined;
}

/** What a record needs to be selected and shown in a line; everything else is the business of its schema. */
const headSchema = z.looseObject({
  event: z.string(),
  record_id: z.string().optional(),
  time: z.string().optional(),
  mpic_id: z.string().optional(),
  attempt: z.number().optional(),
  domain_or_ip_target: z.string().optional(),
  checked_identifier: z.string().optional(),
  order_reference: z.string().nullable().optional(),
});
export type Head = z.infer<typeof headSchema>;

/** A record of the trail, or a place in it that holds none. */
export type Read =
  | {
      readonly kind: 'record';
      readonly place: string;
      /** The line as it is. */
      readonly text: string;
      readonly head: Head;
      /** The record in the form of this version; nothing of it is checked. */
      readonly value: unknown;
      /** As it was parsed. */
      readonly raw: unknown;
    }
  | { readonly kind: 'problem'; readonly place: string; readonly problem: string };

/**
 * The selected records of a trail, in its order, and every place that cannot be read, which may have held one.
 *
 * @throws CommandError if a path cannot be read.
 */
export async function* selectRecords(selection: Selection, io: Pick<Io, 'stdin'>): AsyncGenerator<Read> {
  for await (const { place, text, problem } of readTrails(selection.trail, io)) {
    if (problem !== null) {
      yield { kind: 'problem', place, problem };
      continue;
    }
    const raw = parseJson(text);
    const value = upgradeAuditRecord(raw);
    const head = headSchema.safeParse(value);
    if (!head.success) yield { kind: 'problem', place, problem: 'not an audit record' };
    else if (isSelected(head.data, selection))
      yield { kind: 'record', place, text, head: head.data, value, raw };
  }
}

function isSelected(head: Head, { id, target, from, to, order }: Selection): boolean {
  const time = Date.parse(head.time ?? '');
  const names = [head.domain_or_ip_target, head.checked_identifier].map((name) => name?.toLowerCase());
  return (
    (id === undefined || head.mpic_id === id) &&
    (target === undefined || names.includes(target.toLowerCase())) &&
    (order === undefined || head.order_reference === order) &&
    (from === undefined || time >= from) &&
    (to === undefined || time < to)
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
