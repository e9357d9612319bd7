import type { DnssecStatus } from '../../../domain/check/check.ts';
import type { ProvenInsecure } from '../../../domain/check/check-result.ts';
import type { ExtendedError } from '../message/edns.ts';
import { type DomainName, presentName } from '../message/names.ts';
import { EDE } from '../message/protocol.ts';
import { MAX_NSEC3_ITERATIONS } from '../trust/nsec3-chain.ts';
import { type AskForTrust, TrustWalk } from '../trust/trust-walk.ts';
import type { Verifiable } from '../trust/verifiable.ts';
import { type AliasPath, startPath } from './alias-path.ts';
import { type AskSettings, askServers, type Effort, type Limits } from './ask.ts';

export interface TrustSettings extends AskSettings {
  /** What the servers verify, if they are our own validating resolver; otherwise null. */
  readonly validates: Verifiable | null;
}

/** An answer and its marks by the resolver. */
interface MarkedAnswer {
  readonly path: AliasPath;
  /** True if all messages of the answer were authenticated. */
  readonly adFlag: boolean;
  /** Zones whose denials in the answer need more than {@link MAX_NSEC3_ITERATIONS}. */
  readonly overIterated: readonly DomainName[];
}

export type TrustedAnswer =
  | {
      readonly status: 'trusted';
      readonly dnssec: Exclude<DnssecStatus, 'bogus' | 'indeterminate'>;
      readonly insecurity?: ProvenInsecure;
    }
  | {
      readonly status: 'refused';
      readonly reason: 'bogus' | 'indeterminate';
      readonly detail: string;
      /** Extended errors added here, not by the resolver. */
      readonly extendedErrors: readonly ExtendedError[];
    };

const NOT_VALIDATED: TrustedAnswer = Object.freeze({ status: 'trusted', dnssec: 'not validated' });
const SECURE: TrustedAnswer = Object.freeze({ status: 'trusted', dnssec: 'secure' });

/** RFC 9276 section 3.2: refused here, because the resolver treats it as insecure. */
const OVER_ITERATED: TrustedAnswer = Object.freeze({
  status: 'refused',
  reason: 'bogus',
  detail: `its denial takes more than ${MAX_NSEC3_ITERATIONS} NSEC3 iterations`,
  extendedErrors: Object.freeze([
    { code: EDE.UNSUPPORTED_NSEC3_ITERATIONS, text: `more than ${MAX_NSEC3_ITERATIONS}` },
  ]),
});

const UNPROVEN: TrustedAnswer = Object.freeze({
  status: 'refused',
  reason: 'indeterminate',
  detail: 'the answer is not authenticated, and nothing proves that the name is insecure',
  extendedErrors: Object.freeze([]),
});

const NOT_VERIFIABLE: TrustedAnswer = Object.freeze({
  status: 'refused',
  reason: 'indeterminate',
  detail:
    'the answer is not authenticated: its zone is signed by an algorithm that this resolver cannot verify',
  extendedErrors: Object.freeze([]),
});

/** Limit for zones with too many iterations in one answer; no legitimate answer has more. */
const MAX_OVER_ITERATED = 8;

/**
 * The DNSSEC status of an answer (RFC 4035 section 4.3).
 *
 * The AD bit of our own validating resolver means secure. Without it the answer may be insecure or unchecked, so it is
 * used only if a signed proof shows where the chain of trust ends.
 *
 * The resolver does not check a denial above the limit of iterations. In an insecure zone that changes nothing. In any
 * other zone the denial may be forged, even if the alias chain starts in an insecure zone.
 */
export async function verifyTrust(
  answer: MarkedAnswer,
  settings: TrustSettings,
  limits: Limits,
): Promise<TrustedAnswer> {
  const { validates } = settings;
  if (validates === null) return NOT_VALIDATED;
  const { adFlag, overIterated } = answer;
  if (adFlag) return overIterated.length > 0 ? OVER_ITERATED : SECURE;
  const walk = openWalk(settings, validates, limits);
  if (overIterated.length > MAX_OVER_ITERATED) return OVER_ITERATED;
  for (const zone of overIterated) {
    if ((await walk.findEnd([zone])).status !== 'insecure') return OVER_ITERATED;
  }
  const end = await walk.findEnd(answer.path.visited);
  if (end.status === 'insecure') {
    const insecurity = { at: presentName(end.at), by: end.by };
    return { status: 'trusted', dnssec: 'insecure', insecurity };
  }
  if (end.status === 'signed' || end.why === 'no-proof') return UNPROVEN;
  return end.why === 'nsec3-iterations' ? OVER_ITERATED : NOT_VERIFIABLE;
}

/** The walk of the lookup's check, or a new one for a lookup without a check. */
export function openWalk(settings: AskSettings, validates: Verifiable, limits: Limits): TrustWalk {
  const open = () => new TrustWalk(ask, validates);
  const ask: AskForTrust = async (name, type) => {
    // Not counted: the evidence contains only the tries for the data.
    const effort: Effort = { tries: 0, retried: false, lastServer: settings.servers[0] };
    const asked = await askServers(startPath(name), type, settings, limits, effort);
    return asked.status === 'answered' ? asked.message : null;
  };
  return limits.check === null ? open() : limits.check.trustWalk(open);
}
