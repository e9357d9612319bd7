import type { DnssecStatus } from '../check/check.ts';
import type { DnsEvidence, ProvenInsecure } from '../check/check-result.ts';
import { worseDnssec } from '../check/dnssec-status.ts';
import type { ClimbLevel } from './climb.ts';
import type { Lookup } from './lookup.ts';

const MAX_EXTENDED_ERRORS = 16;
const NO_TEXTS: readonly string[] = Object.freeze([]);

/**
 * DNS evidence of a climb.
 *
 * TTL, DNSSEC status and extended errors cover the whole deciding path, including the denials below the found set: if
 * one of those denials were false, a nearer set would decide. The other members describe the `deciding` lookup.
 *
 * @param levels the levels of the climb, nearest first.
 * @param depth how many of them the outcome is based on.
 */
export function climbEvidence(levels: readonly ClimbLevel[], depth: number, deciding: Lookup): DnsEvidence {
  let ttl: number | null = null;
  let dnssec: DnssecStatus = 'secure';
  let insecurity: ProvenInsecure | undefined;
  for (let at = 0; at < depth; at++) {
    const lookup = levels[at]?.lookup;
    if (!lookup) continue;
    if (lookup.status === 'answered' && lookup.ttl !== null && (ttl === null || lookup.ttl < ttl))
      ttl = lookup.ttl;
    dnssec = worseDnssec(dnssec, lookup.dnssec);
    insecurity ??= lookup.insecurity;
  }
  const answered = deciding.status === 'answered';
  return {
    resolver: deciding.server,
    dnssec,
    rcode: deciding.rcode,
    // A failed climb has no TTL: there is nothing to reuse, whatever the TTL of the denials below.
    ttl: answered ? ttl : null,
    tries: deciding.tries,
    cnameChain: answered ? deciding.cnameChain : NO_TEXTS,
    extendedErrors: extendedErrorsOf(levels, depth),
    ...(dnssec === 'insecure' && insecurity !== undefined ? { insecurity } : {}),
  };
}

/** DNS evidence of a check that sent no query. */
export function noEvidence(resolverMode: string): DnsEvidence {
  return {
    resolver: resolverMode,
    dnssec: null,
    rcode: null,
    ttl: null,
    tries: 0,
    cnameChain: NO_TEXTS,
    extendedErrors: NO_TEXTS,
  };
}

function extendedErrorsOf(levels: readonly ClimbLevel[], depth: number): readonly string[] {
  let texts: string[] | null = null;
  for (let at = 0; at < depth; at++) {
    for (const { code, text } of levels[at]?.lookup?.extendedErrors ?? []) {
      const line = text === '' ? String(code) : `${code} ${text}`;
      texts ??= [];
      if (texts.length < MAX_EXTENDED_ERRORS && !texts.includes(line)) texts.push(line);
    }
  }
  return texts ?? NO_TEXTS;
}
