import type * as z from 'zod';
import { REQUESTS_KEY } from '../../contract/deployment/tables.ts';
import { CONTRACT_VERSION } from '../../contract/messages/contract.ts';
import {
  type AttemptVerdict,
  attemptVerdictSchema,
  type RequestFacts,
  type RequestRecord,
  requestFactsSchema,
  requestStateSchema,
} from '../../domain/mpic/lifecycle.ts';
import { readEvidenceAttribute, type SpilledEvidence } from './frozen-evidence.ts';
import type { Item } from './store-call.ts';
import { assertKnownVersion, parseJson, UnreadableItemError, VERSION_ATTRIBUTE } from './stored-version.ts';

/**
 * Attributes of a request. Facts that never change are one JSON text; each changing value has its own attribute, so
 * that every change is one conditional update.
 */
export const ATTRIBUTES = {
  facts: 'facts',
  status: 'status',
  attempt: 'attempt',
  attemptToken: 'attempt_token',
  attemptStartedAt: 'attempt_started_at',
  attemptDeadline: 'attempt_deadline',
  verdicts: 'verdicts',
  completedAt: 'completed_at',
  published: 'published',
  /** Token of the last write, by which a retried call identifies its own write. */
  writeToken: 'write_token',
} as const;

/** The evidence of a verdict has its own attribute; see `frozen-evidence.ts`. */
const verdictSchema = attemptVerdictSchema.omit({ results: true });
const stateSchema = requestStateSchema.omit({ verdicts: true });

export function requestToItem(record: RequestRecord, writeToken: string): Item {
  const { status, attempt, attemptToken, attemptStartedAt, attemptDeadline, ...rest } = record;
  const { verdicts, completedAt, published, ...facts } = rest;
  return {
    [REQUESTS_KEY.partition]: record.requestId,
    [VERSION_ATTRIBUTE]: CONTRACT_VERSION,
    [ATTRIBUTES.facts]: JSON.stringify(facts satisfies RequestFacts),
    [ATTRIBUTES.status]: status,
    [ATTRIBUTES.attempt]: attempt,
    ...(attemptToken === null ? {} : { [ATTRIBUTES.attemptToken]: attemptToken }),
    [ATTRIBUTES.attemptStartedAt]: attemptStartedAt,
    [ATTRIBUTES.attemptDeadline]: attemptDeadline,
    [ATTRIBUTES.verdicts]: verdicts.map(verdictToAttribute),
    ...(completedAt === null ? {} : { [ATTRIBUTES.completedAt]: completedAt }),
    [ATTRIBUTES.published]: published,
    [ATTRIBUTES.writeToken]: writeToken,
  };
}

export function verdictToAttribute({ results: _, ...verdict }: AttemptVerdict): string {
  return JSON.stringify(verdict);
}

/** A request as read from one item: `spilled` is the evidence to which the item only refers. */
export interface StoredRequest {
  readonly record: RequestRecord;
  readonly spilled: readonly SpilledEvidence[];
}

/**
 * Read the record in an item of the requests table. Throws {@link UnreadableItemError} for an invalid item, because
 * only this service writes there.
 */
export function requestFromItem(item: Item): StoredRequest {
  const id = item[REQUESTS_KEY.partition] ?? 'without id';
  const what = `request ${id}`;
  assertKnownVersion(item, what);
  const facts = parse(requestFactsSchema, parseJson(item[ATTRIBUTES.facts], what), what);
  if (facts.requestId !== id)
    throw new UnreadableItemError(`${what} holds the facts of request ${facts.requestId}`);
  const state = parse(
    stateSchema,
    {
      status: item[ATTRIBUTES.status],
      attempt: item[ATTRIBUTES.attempt],
      attemptToken: item[ATTRIBUTES.attemptToken] ?? null,
      attemptStartedAt: item[ATTRIBUTES.attemptStartedAt],
      attemptDeadline: item[ATTRIBUTES.attemptDeadline],
      completedAt: item[ATTRIBUTES.completedAt] ?? null,
      published: item[ATTRIBUTES.published],
    },
    what,
  );
  const verdicts = item[ATTRIBUTES.verdicts];
  if (!Array.isArray(verdicts)) throw new UnreadableItemError(`${what} has no list of verdicts`);
  const spilled: SpilledEvidence[] = [];
  const withEvidence = (verdict: Omit<AttemptVerdict, 'results'>): AttemptVerdict => {
    const evidence = readEvidenceAttribute(item, verdict.attempt, what) ?? [];
    if (!('sha256' in evidence)) return { ...verdict, results: evidence };
    spilled.push(evidence);
    return { ...verdict, results: [] };
  };
  return {
    record: {
      ...facts,
      ...state,
      verdicts: verdicts.map((text) => withEvidence(parse(verdictSchema, parseJson(text, what), what))),
    },
    spilled,
  };
}

/** The error names the invalid members, never their values, which may be secrets of a validation. */
function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.code})`);
  throw new UnreadableItemError(`${what} is not readable: ${wrong.join(', ')}`);
}
