import { codeOf } from '../../net/failure.ts';
import { noteSocketError } from '../../net/local-fault.ts';
import { type DnsMessage, readMessage } from '../message/message-reader.ts';
import type { DomainName } from '../message/names.ts';
import { answersQuery, type EncodedQuery, isTruncated } from '../message/query.ts';
import type { ServerAddress } from './server-address.ts';

/** Why one try got no message. `detail` is fixed text, without input from the network. */
export interface ExchangeFailure {
  readonly status: 'failed';
  readonly reason: 'timeout' | 'unreachable' | 'malformed' | 'truncated' | 'resolver-failed' | 'aborted';
  readonly detail: string;
}

export type Exchange = { readonly status: 'response'; readonly message: DnsMessage } | ExchangeFailure;

/** One try: its server, its time-out, and a signal that ends it early. */
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

/** Judgement of a packet; `ignored` if it does not belong to the query or is forged. */
export type Judged = Exchange | { readonly status: 'ignored' } | { readonly status: 'cut' };

/**
 * Judge a packet received while `query` was open. The content of a truncated response (TC) is not read: it may end
 * anywhere (RFC 2181 section 9).
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
 * Describe an operating system error by its code (`ECONNREFUSED`, `ENETUNREACH`). A fault of this machine says nothing
 * about the server; it becomes `resolver-failed`, which is never treated as permission.
 */
export function networkFailure(error: unknown): ExchangeFailure {
  const code = codeOf(error);
  return noteSocketError(error)
    ? failed('resolver-failed', `this machine could not ask the server (${code})`)
    : failed('unreachable', `the server cannot be reached (${code})`);
}
