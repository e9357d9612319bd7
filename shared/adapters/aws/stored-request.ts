import type { AttributeValue } from '@aws-sdk/client-dynamodb';
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
 * A request as an item: what never changes is one JSON text, what moves has an attribute each, so that every change is
 * one conditional update.
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
  /** Token of the last write, by which a repeated call knows its own work again. */
  writeToken: 'write_token',
} as const;

/** What a verdict rests on lies beside it; see `frozen-evidence.ts`. */
const verdictSchema = attemptVerdictSchema.omit({ results: true });
const stateSchema = requestStateSchema.omit({ verdicts: true });

export function requestToItem(record: RequestRecord, writeToken: string): Item {
  const { status, attempt, attemptToken, attemptStartedAt, attemptDeadline, ...rest } = record;
  const { verdicts, completedAt, published, ...facts } = rest;
  return {
    [REQUESTS_KEY.partition]: { S: record.requestId },
    [VERSION_ATTRIBUTE]: { S: CONTRACT_VERSION },
    [ATTRIBUTES.facts]: { S: JSON.stringify(facts satisfies RequestFacts) },
    [ATTRIBUTES.status]: { S: status },
    [ATTRIBUTES.attempt]: { N: String(attempt) },
    ...(attemptToken === null ? {} : { [ATTRIBUTES.attemptToken]: { S: attemptToken } }),
    [ATTRIBUTES.attemptStartedAt]: { N: String(attemptStartedAt) },
    [ATTRIBUTES.attemptDeadline]: { N: String(attemptDeadline) },
    [ATTRIBUTES.verdicts]: { L: verdicts.map(verdictToAttribute) },
    ...(completedAt === null ? {} : { [ATTRIBUTES.completedAt]: { N: String(completedAt) } }),
    [ATTRIBUTES.published]: { BOOL: published },
    [ATTRIBUTES.writeToken]: { S: writeToken },
  };
}

export function verdictToAttribute({ results: _, ...verdict }: AttemptVerdict): AttributeValue {
  return { S: JSON.stringify(verdict) };
}

/** A request as one item holds it: `spilled` is the evidence of verdicts that the item only points to. */
export interface StoredRequest {
  readonly record: RequestRecord;
  readonly spilled: readonly SpilledEvidence[];
}

/** The record in an item of the requests table. Throws {@link UnreadableItemError}: nobody but us writes there. */
export function requestFromItem(item: Item): StoredRequest {
  const id = item[REQUESTS_KEY.partition]?.S ?? 'without id';
  const what = `request ${id}`;
  assertKnownVersion(item, what);
  const facts = parse(requestFactsSchema, parseJson(item[ATTRIBUTES.facts]?.S, what), what);
  if (facts.requestId !== id)
    throw new UnreadableItemError(`${what} holds the facts of request ${facts.requestId}`);
  const state = parse(
    stateSchema,
    {
      status: item[ATTRIBUTES.status]?.S,
      attempt: numberOf(item[ATTRIBUTES.attempt]),
      attemptToken: item[ATTRIBUTES.attemptToken]?.S ?? null,
      attemptStartedAt: numberOf(item[ATTRIBUTES.attemptStartedAt]),
      attemptDeadline: numberOf(item[ATTRIBUTES.attemptDeadline]),
      completedAt: numberOf(item[ATTRIBUTES.completedAt]) ?? null,
      published: item[ATTRIBUTES.published]?.BOOL,
    },
    what,
  );
  const verdicts = item[ATTRIBUTES.verdicts]?.L;
  if (verdicts === undefined) throw new UnreadableItemError(`${what} has no list of verdicts`);
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
      verdicts: verdicts.map(({ S }) => withEvidence(parse(verdictSchema, parseJson(S, what), what))),
    },
    spilled,
  };
}

function numberOf(value: AttributeValue | undefined): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}

/** Names the members that are wrong and never their values, which may be secrets of a validation. */
function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.code})`);
  throw new UnreadableItemError(`${what} is not readable: ${wrong.join(', ')}`);
}
