import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LookupFailureReason } from '../../../domain/dns/lookup.ts';
import type { ExtendedError } from '../message/edns.ts';
import type { DnsMessage } from '../message/message-reader.ts';
import { encodeQuery } from '../message/query.ts';
import { refuseResponse } from '../message/response-code.ts';
import { type AliasPath, type AliasWalk, walkAliases } from './alias-path.ts';
import type { CheckScope } from './check-scope.ts';
import { type Exchange, failed, type Question } from './exchange.ts';
import type { ServerAddress } from './server-address.ts';
import { exchangeOverTcp } from './tcp-exchange.ts';
import { MIN_TIME_MS, queryOverUdp } from './udp-query.ts';
import type { Upstream } from './upstream.ts';

export interface AskSettings {
  readonly servers: readonly [Upstream, ...Upstream[]];
  /** Time-out of one query with all its tries, over UDP and TCP, milliseconds. */
  readonly queryTimeoutMs: number;
  /** Maximum number of queries for one question. */
  readonly maxQueries: number;
  /** See `encodeQuery`. */
  readonly checkingDisabled?: boolean;
}

/** What one lookup has sent so far, over all its questions. */
export interface Effort {
  /** Messages sent over UDP and TCP. */
  tries: number;
  /** Whether a question was queried again after a failed query; a repeated datagram does not count. */
  retried: boolean;
  lastServer: ServerAddress;
}

/** Limits of a lookup. */
export interface Limits {
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  /** The check of the lookup; null without one. */
  readonly check: CheckScope | null;
}

export interface AskFailure {
  readonly status: 'failed';
  readonly reason: LookupFailureReason;
  readonly detail: string;
  readonly rcode: number | null;
  readonly extendedErrors: readonly ExtendedError[];
}

export interface AskAnswer {
  readonly status: 'answered';
  readonly message: DnsMessage;
  readonly walk: Exclude<AliasWalk, { status: 'failed' }>;
}

export type Asked = AskAnswer | AskFailure;

/**
 * Minimum interval between two queries to one server, if time permits, milliseconds. If the network is down, the kernel
 * reports it at once; without the interval, all queries would fail within a few milliseconds.
 */
export const QUERY_DISTANCE_MS = 500;

/** Reasons that another query cannot change: the data is wrong, or the lookup was aborted. */
const FINAL_REASONS: readonly LookupFailureReason[] = [
  'bogus',
  'alias-loop',
  'alias-chain-too-long',
  'aborted',
];

/** Failures over TCP that are reported instead of `truncated`. */
const SAYS_MORE: readonly LookupFailureReason[] = ['malformed', 'aborted', 'resolver-failed'];

/** Detail of a lookup that fails because its answer could be older than the check. */
export const NOT_FRESH = 'it cannot be shown to have forgotten earlier answers';

/**
 * Query `type` at the end of `path`: asks the servers in turn until one answers, the queries are used up or the
 * deadline is near. A query is one question to one server, with all its tries.
 *
 * The first query gets at most half of the remaining time, so that there is always a second one: at another server if
 * there is one, otherwise {@link QUERY_DISTANCE_MS} later, or after half of the remaining time.
 */
export async function askServers(
  path: AliasPath,
  type: number,
  settings: AskSettings,
  limits: Limits,
  effort: Effort,
): Promise<Asked> {
  const question = { name: path.at, type, checkingDisabled: settings.checkingDisabled === true };
  const { deadline, signal, check } = limits;
  const freshness = check?.freshness ?? null;
  const lastQueries = settings.servers.map(() => Number.NEGATIVE_INFINITY);
  let last: AskFailure | null = null;
  for (let attempt = 0; attempt < settings.maxQueries; attempt++) {
    const turn = attempt % settings.servers.length;
    const upstream = settings.servers[turn] ?? settings.servers[0];
    const pauseMs = (lastQueries[turn] ?? 0) + QUERY_DISTANCE_MS - performance.now();
    if (pauseMs > 0) {
      await pause(Math.min(pauseMs, (deadline - performance.now()) / 2), check?.signal(signal) ?? signal);
    }
    if (check?.ended) return withoutResponse('aborted', 'the check needs the lookup no longer');
    if (deadline - performance.now() < MIN_TIME_MS) break;
    if (attempt > 0) {
      effort.retried = true;
      await freshness?.forget(path.at, deadline);
    } else if (freshness !== null && !(await freshness.prepare(question, deadline))) {
      return withoutResponse('resolver-failed', NOT_FRESH);
    }
    const timeoutMs = (now: number) => {
      const left = deadline - now;
      return Math.max(MIN_TIME_MS, Math.min(settings.queryTimeoutMs, attempt === 0 ? left / 2 : left));
    };
    effort.lastServer = upstream;
    lastQueries[turn] = performance.now();
    const asked = judge(await query({ upstream, question, timeoutMs }, limits, effort), path, type);
    if (asked.status === 'answered' || FINAL_REASONS.includes(asked.reason)) return asked;
    // The last query may get almost no time, so an earlier failure is more informative than its time-out.
    if (last === null || asked.reason !== 'timeout') last = asked;
  }
  return last ?? withoutResponse('timeout', 'the deadline has passed');
}

/** Ends early if `signal` aborts. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

function judge(exchange: Exchange, path: AliasPath, type: number): Asked {
  if (exchange.status === 'failed') return withoutResponse(exchange.reason, exchange.detail);
  const { message } = exchange;
  const { rcode, extendedErrors } = message;
  const refused = refuseResponse(message);
  if (refused) return { status: 'failed', ...refused, rcode, extendedErrors };
  const walk = walkAliases(message, path, type);
  if (walk.status === 'failed') return { ...walk, rcode, extendedErrors };
  return { status: 'answered', message, walk };
}

function withoutResponse(reason: LookupFailureReason, detail: string): AskFailure {
  return { status: 'failed', reason, detail, rcode: null, extendedErrors: [] };
}

interface Query {
  readonly upstream: Upstream;
  readonly question: Question;
  /** Time-out for all tries, if the first one is sent at `now`; milliseconds. */
  timeoutMs(now: number): number;
}

/** Send one query: over UDP, and over TCP to the same server if the response was truncated (RFC 7766 section 5). */
async function query(
  { upstream, question, timeoutMs }: Query,
  { deadline, signal: outer, check }: Limits,
  effort: Effort,
): Promise<Exchange> {
  let until = deadline;
  const overUdp = await queryOverUdp({
    upstream,
    shared: effort.tries === 0 ? (check?.socket ?? null) : null,
    check,
    signal: outer,
    deadline,
    timeoutMs(now) {
      const ms = timeoutMs(now);
      until = now + ms;
      return ms;
    },
    encode: () => freshQuery(question),
    onTry() {
      effort.tries += 1;
      return check?.freshness?.put(question) ?? (() => {});
    },
  });
  if (overUdp.status !== 'cut') return overUdp;

  effort.tries += 1;
  const left = Math.max(MIN_TIME_MS, until - performance.now());
  const signal = check?.signal(outer) ?? outer;
  const overTcp = await exchangeOverTcp(freshQuery(question), { server: upstream, timeoutMs: left, signal });
  if (overTcp.status !== 'failed' || SAYS_MORE.includes(overTcp.reason)) return overTcp;
  if (deadline - performance.now() < MIN_TIME_MS) return failed('timeout', overTcp.detail);
  return failed('truncated', `the answer is truncated over UDP, and over TCP ${overTcp.detail}`);
}

function freshQuery({ name, type, checkingDisabled }: Question) {
  return encodeQuery(name, type, randomInt(0x1_0000), checkingDisabled);
}
