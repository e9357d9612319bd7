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
  /** One query with all its tries, over UDP and TCP, in milliseconds. */
  readonly queryTimeoutMs: number;
  /** Queries for one question. */
  readonly maxQueries: number;
  /** See `encodeQuery`. */
  readonly checkingDisabled?: boolean;
}

/** What one lookup has spent, over all its questions; belongs to that lookup alone. */
export interface Effort {
  /** Messages sent: datagrams, and questions over TCP. */
  tries: number;
  /** Whether a question was put again after a query had failed; a datagram that is repeated is not. */
  retried: boolean;
  lastServer: ServerAddress;
}

/** When a lookup has to end. */
export interface Limits {
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  /** The check that the lookup belongs to, if it belongs to one. */
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
 * From one query at a server to the next, if there is time. Where a network is down the kernel says so at once, and queries
 * without distance would all be over within the same few milliseconds.
 */
export const QUERY_DISTANCE_MS = 500;

/** Reasons that another query cannot change: the data itself is wrong, or nobody waits any more. */
const FINAL_REASONS: readonly LookupFailureReason[] = [
  'bogus',
  'alias-loop',
  'alias-chain-too-long',
  'aborted',
];

/** Failures over TCP that say more than that the answer was cut. */
const SAYS_MORE: readonly LookupFailureReason[] = ['malformed', 'aborted', 'resolver-failed'];

/** What a lookup fails with when its answer could be one of before the check. */
export const NOT_FRESH = 'it cannot be shown to have forgotten earlier answers';

/**
 * Ask for `type` at the end of `path`: query the servers in turn until one answers, the queries are used up or the deadline is
 * near. A query is the question put to one server, with all tries to get it through.
 *
 * The first query gets at most half of the time that is left, so that there is always a second one: at another server
 * when there is one, else {@link QUERY_DISTANCE_MS} later, or after half of the time that is left.
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
    // The last query may get next to no time: that it timed out says less than what an earlier one brought.
    if (last === null || asked.reason !== 'timeout') last = asked;
  }
  return last ?? withoutResponse('timeout', 'the deadline has passed');
}

/** Ends early when it is called off. */
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
  /** For all its tries, when the first one goes out at `now`. */
  timeoutMs(now: number): number;
}

/** One query: over UDP, and over TCP at the same server if the response was cut (RFC 7766 section 5). */
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
