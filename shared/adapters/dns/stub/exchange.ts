import { codeOf } from '../../net/failure.ts';
import { noteSocketError } from '../../net/local-fault.ts';
import { type DnsMessage, readMessage } from '../message/message-reader.ts';
import type { DomainName } from '../message/names.ts';
import { answersQuery, type EncodedQuery, isTruncated } from '../message/query.ts';
import type { ServerAddress } from './server-address.ts';

/** Why one try brought no message. `detail` is fixed text of ours: nothing a stranger wrote. */
export interface ExchangeFailure {
  readonly status: 'failed';
  readonly reason: 'timeout' | 'unreachable' | 'malformed' | 'truncated' | 'resolver-failed' | 'aborted';
  readonly detail: string;
}

export type Exchange = { readonly status: 'response'; readonly message: DnsMessage } | ExchangeFailure;

/** One try: which server, how long, and what may end it early. */
export interface Try {
  readonly server: ServerAddress;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface Question {
  readonly name: DomainName;
  readonly type: number;
  /** See `encodeQuery`. */
  readonly checkingDisabled?: boolean;
}

/** What a packet is to a query; `ignored`: somebody else's, or a forgery. */
export type Judged = Exchange | { readonly status: 'ignored' } | { readonly status: 'cut' };

/**
 * Judge octets that came in while `query` was open. A cut response (TC) is not looked into: it may end anywhere
 * (RFC 2181 section 9).
 */
export function judgeResponse(response: Buffer, query: EncodedQuery): Judged {
  if (!answersQuery(response, query)) return { status: 'ignored' };
  if (isTruncated(response)) return { status: 'cut' };
  const read = readMessage(response);
  return read.status === 'ok'
    ? { status: 'response', message: read.message }
    : { status: 'failed', reason: 'malformed', detail: read.reason };
}

export function failed(reason: ExchangeFailure['reason'], detail: string): ExchangeFailure {
  return { status: 'failed', reason, detail };
}

/**
 * An operating system error in words of ours; its code says enough (`ECONNREFUSED`, `ENETUNREACH`). One that is the fault
 * of this machine says nothing of a server, and is a reason that nothing forgives.
 */
export function networkFailure(error: unknown): ExchangeFailure {
  const code = codeOf(error);
  return noteSocketError(error)
    ? failed('resolver-failed', `this machine could not ask the server (${code})`)
    : failed('unreachable', `the server cannot be reached (${code})`);
}
