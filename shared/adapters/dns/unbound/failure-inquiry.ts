import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSilence } from '../../../domain/caa/lookup-failure.ts';
import type { ProvenInsecure } from '../../../domain/check/check-result.ts';
import type { FailureInquiry, Lookup, LookupFailure, RecordType } from '../../../domain/dns/lookup.ts';
import { parseQueryName, presentName } from '../message/names.ts';
import { MAX_ALIAS_LINKS } from '../stub/alias-path.ts';
import { QUERY_DISTANCE_MS } from '../stub/ask.ts';
import type { StubCheck } from '../stub/stub-resolver.ts';
import type { EndOfTrust } from '../trust/trust-walk.ts';
import { allWereAsked } from './delegation.ts';
import type { CheckFreshness } from './freshness.ts';
import type { RunningUnbound } from './running-unbound.ts';

/** What an inquiry uses: the daemon and the lookups of a check. */
export interface InquiryParts {
  readonly instance: RunningUnbound;
  readonly stub: StubCheck;
  readonly freshness: CheckFreshness;
  /** Null if none is configured; then no failure can be shown to be outside this perspective's network. */
  readonly controlName: string | null;
  lookup(name: string, type: RecordType, deadline: number, signal?: AbortSignal): Promise<Lookup>;
}

/** Time reserved for the second lookup of the control name: a share of the remaining time, with an upper bound. */
const RESERVE = { share: 0.25, mostMs: 1000 } as const;
const FORGET_TIMEOUT_MS = 1000;
/** Longest wait until all servers were queried. The daemon queries unresponsive servers in turn, about 400 ms apart. */
const MOST_LOOKING_MS = 2000;
const LOOK_DISTANCE_MS = 25;

interface Security extends Pick<FailureInquiry, 'security' | 'insecurity'> {
  /** The name whose servers failed: the name looked up, or the last target of its aliases. */
  readonly end: string;
}

/**
 * Find the cause of a failed lookup (TLS BR 4.2.2.1 [caa]): is the fault outside, is it lasting, and is the name
 * insecure?
 *
 * Repeats the failed query, and looks up the control name before and after, each time at its own servers. If an outage
 * of this perspective's own network has ended, the repeated query is answered; if one lasts or begins, the control name
 * fails. Every name server must have been queried: one that this perspective cannot query is not a fault outside.
 * Whatever the deadline leaves unproven counts as not shown.
 */
export async function inquire(
  failure: LookupFailure,
  parts: InquiryParts,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<FailureInquiry> {
  const { controlName } = parts;
  const left = deadline - performance.now();
  const until = deadline - Math.min(left * RESERVE.share, RESERVE.mostMs);
  const [{ end, ...security }, fault] = await Promise.all([
    findSecurity(failure.name, parts, until, signal),
    findFault(failure, parts, { until, deadline }, signal),
  ]);
  const lasted = fault.lasted && (await wereServersAsked(end, parts, deadline, signal));
  return { controlName, ...fault, lasted, ...security };
}

/**
 * Whether every name server of the failed zone was queried. Their addresses may have been flushed with the zone, so
 * this sends one more query, of a type that no CAA check uses, which makes the daemon find them again.
 */
async function wereServersAsked(
  name: string,
  { instance, stub }: InquiryParts,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const over = new AbortController();
  const ends = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  const until = Math.min(deadline, performance.now() + MOST_LOOKING_MS);
  const asking = stub.whySilent(name, 'A', until, ends);
  try {
    for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
      const delegation = await instance.delegation(`${name}.`, left);
      if (delegation !== null && allWereAsked(delegation, name)) return true;
      await sleep(LOOK_DISTANCE_MS);
    }
    return false;
  } finally {
    over.abort();
    await asking;
  }
}

async function findFault(
  { name, type }: LookupFailure,
  parts: InquiryParts,
  { until, deadline }: { readonly until: number; readonly deadline: number },
  signal: AbortSignal | undefined,
): Promise<Pick<FailureInquiry, 'controlAnswered' | 'lasted' | 'answer'>> {
  if (!(await controlResolves(parts, until, signal))) return { controlAnswered: false, lasted: false };
  const { instance, freshness, stub } = parts;
  await freshness.forget(parseQueryName(name) ?? [], until);
  // Otherwise the daemon would for a while not query servers that were unreachable in our own outage.
  const timeoutMs = Math.min(FORGET_TIMEOUT_MS, until - performance.now());
  if (timeoutMs <= 0 || !(await instance.forgetServers(timeoutMs)))
    return { controlAnswered: true, lasted: false };
  const startedAt = performance.now();
  const why = await stub.whySilent(name, type, until, signal);
  if (why !== null) {
    const lasted = isSilence(why) && performance.now() - startedAt >= QUERY_DISTANCE_MS;
    return { controlAnswered: lasted && (await controlResolves(parts, deadline, signal)), lasted };
  }
  const again = await parts.lookup(name, type, deadline, signal);
  return { controlAnswered: true, lasted: false, ...(again.status === 'answered' ? { answer: again } : {}) };
}

/** Flushed before each lookup: a cached answer proves nothing about the network. */
async function controlResolves(
  { controlName, freshness, lookup }: InquiryParts,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (controlName === null) return false;
  await freshness.forget(parseQueryName(controlName) ?? [], deadline);
  const control = await lookup(controlName, 'A', deadline, signal);
  return control.status === 'answered' && control.records.length > 0;
}

/**
 * Whether the name and all targets of its aliases, as far as they can be followed, are insecure; the last one is the
 * name whose servers failed. A signed zone with dead servers must not pass as insecure because an alias in an unsigned
 * zone leads to it.
 */
async function findSecurity(
  name: string,
  { stub, lookup }: InquiryParts,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<Security> {
  let insecurity: ProvenInsecure | undefined;
  let end = name;
  let at: string | null = name;
  for (let link = 0; at !== null; link++) {
    if (link > MAX_ALIAS_LINKS) return { security: 'unknown', end };
    end = at;
    const findEnd = (of: string) => stub.findEndOfTrust(of, deadline, signal);
    const [above, alias]: [EndOfTrust, Lookup] = await Promise.all([
      findEnd(parentOf(at)),
      lookup(at, 'CNAME', deadline, signal),
    ]);
    const target = targetOf(alias);
    // No zone starts at an alias, and a DS query for it would be answered for its target.
    const trust: EndOfTrust = above.status === 'signed' && target === null ? await findEnd(at) : above;
    if (trust.status !== 'insecure') return { security: trust.status, end };
    insecurity = { at: presentName(trust.at), by: trust.by };
    if (alias.status === 'failed' && !isSilence(alias.reason)) return { security: 'unknown', end };
    at = target;
  }
  return insecurity === undefined ? { security: 'unknown', end } : { security: 'insecure', insecurity, end };
}

/** The parent of `name`; a top-level domain is its own. */
function parentOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

/** The target in lookup form; a target that is not a valid name ends the walk as unknown. */
function targetOf(alias: Lookup): string | null {
  const record = alias.status === 'answered' ? alias.records[0] : undefined;
  return record?.type === 'CNAME' ? record.value.slice(0, -1).toLowerCase() : null;
}
