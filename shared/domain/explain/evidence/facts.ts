import type { CheckDetails, CheckResult, DnsEvidence, HttpHop, OverIpv4 } from '../../check/check-result.ts';
import type { PerspectiveCode, Rir } from '../../check/perspective.ts';
import type { StoredResult } from '../../check/stored-result.ts';
import { isFinalSuccess } from '../../dcv/http/page.ts';
import {
  type FailureText,
  type LookupText,
  parseFailureText,
  parseLookupText,
} from '../../dcv/lookup-text.ts';

/** What one perspective has stored about an attempt; undefined if it has stored nothing. */
export interface Look {
  readonly perspective: PerspectiveCode;
  /** Null for a designated primary perspective, whose region does not count. */
  readonly rir: Rir | null;
  readonly stored: StoredResult | undefined;
}

/** What the rules of the explanation read of one perspective. Every text in it may be hostile. */
export interface Facts {
  readonly perspective: PerspectiveCode;
  readonly rir: Rir | null;
  readonly corroborates: boolean;
  /** Null if nothing readable is stored. */
  readonly result: CheckResult | null;
  /** Why a result is missing; null if it is there. */
  readonly absence: 'silent' | 'unreadable' | null;
  readonly errors: CheckResult['errors'];
  readonly details: CheckDetails;
  readonly dns: DnsEvidence | null;
  /** The error of a lookup or connection of a validation. */
  readonly lookup: LookupText | null;
  /** The DNS lookup that failed in a validation. */
  readonly failure: FailureText | null;
  /** The last request of an HTTP method. */
  readonly hop: HttpHop | null;
  /** The address that the web or TLS server was reached at, or tried last. */
  readonly address: string | null;
  readonly overIpv4: OverIpv4 | null;
  /** What the check observed, comparable between perspectives; null if it observed nothing. */
  readonly seen: Seen | null;
}

/**
 * An observation. `value`: records, a response body or a certificate. `nothing`: the name or record does not exist, or
 * the server has no such page. `other`: a response that is neither, such as an HTTP status 500.
 */
export interface Seen {
  readonly kind: 'value' | 'nothing' | 'other';
  /** Equal for equal observations. */
  readonly key: string;
  /** Records, if the observation is a set of them. */
  readonly records: readonly string[];
}

const NO_DETAILS: CheckDetails = { kind: 'none' };
/** The server has no such page (RFC 9110 sections 15.5.5 and 15.5.11). */
const GONE: readonly number[] = [404, 410];

export function readFacts({ perspective, rir, stored }: Look): Facts {
  const result = stored?.status === 'readable' ? stored.result : null;
  const details = result?.details ?? NO_DETAILS;
  const hop = details.kind === 'http' ? (details.hops.at(-1) ?? null) : null;
  const lookup =
    result === null ? null : (firstOf(result.errors.map(({ message }) => parseLookupText(message))) ?? null);
  return {
    perspective,
    rir,
    corroborates: result?.corroborates ?? false,
    result,
    absence: stored === undefined ? 'silent' : stored.status === 'unreadable' ? 'unreadable' : null,
    errors: result?.errors ?? [],
    details,
    dns: details.kind === 'none' ? null : details.dns,
    lookup,
    failure: lookup === null ? null : parseFailureText(lookup.text),
    hop,
    address: details.kind === 'tls' ? details.address : (hop?.address ?? null),
    overIpv4: details.kind === 'http' || details.kind === 'tls' ? (details.overIpv4 ?? null) : null,
    seen: result === null ? null : readSeen(result, lookup),
  };
}

function readSeen({ completed, details }: CheckResult, lookup: LookupText | null): Seen | null {
  // The host of a web or TLS server that does not exist makes a check incomplete, and is an observation all the same.
  if (lookup?.name === 'NXDOMAIN' || lookup?.name === 'NoAnswer') return nothing('name');
  if (!completed) return null;
  switch (details.kind) {
    case 'caa':
      return readRecords(details.foundAt ?? '', details.recordsSeen);
    case 'dns':
      return readRecords('', details.recordsSeen);
    case 'http':
      return readPage(details.hops.at(-1)?.statusCode ?? null, details.page);
    case 'tls':
      if (details.acmeIdentifier === null) return { kind: 'other', key: 'ordinary certificate', records: [] };
      return value(['tls', details.alpnProtocol, details.acmeIdentifier, details.subjectAltNames]);
    case 'contacts':
      return readRecords(details.foundAt ?? '', [
        ...(details.contacts ?? []),
        ...details.malformed.map(({ value }) => value),
      ]);
    case 'none':
      return null;
  }
}

function readRecords(at: string, records: readonly string[] | null): Seen {
  if (records === null || records.length === 0) return nothing('records');
  return value([at, [...records].sort()], records);
}

function readPage(status: number | null, page: string | null): Seen | null {
  if (status === null) return null;
  if (isFinalSuccess(status)) return value(['page', page]);
  if (GONE.includes(status)) return nothing('page');
  return { kind: 'other', key: `status ${status}`, records: [] };
}

function value(parts: readonly unknown[], records: readonly string[] = []): Seen {
  return { kind: 'value', key: JSON.stringify(parts), records };
}

function nothing(what: string): Seen {
  return { kind: 'nothing', key: `no ${what}`, records: [] };
}

function firstOf<Item>(items: readonly (Item | null)[]): Item | undefined {
  return items.find((item): item is Item => item !== null);
}

/** Whether one of the errors has this type, or one that begins with it and a colon. */
export function hasError({ errors }: Facts, type: string): boolean {
  return errors.some((error) => error.type === type || error.type.startsWith(`${type}:`));
}
