import type { DnssecStatus, ProvenInsecure } from '../../mpic/check.ts';
import { type AliasPath, startPath } from './alias-path.ts';
import { type AskSettings, askServers, type Effort, type Limits } from './ask.ts';
import type { ExtendedError } from './edns.ts';
import { presentName } from './names.ts';
import { EDE, TYPE } from './protocol.ts';
import { MAX_NSEC3_ITERATIONS } from './trust/nsec3-chain.ts';
import { TrustWalk } from './trust/trust-walk.ts';

export interface VouchSettings extends AskSettings {
  /** Whether the servers are a validating resolver of our own. */
  readonly validates: boolean;
}

/** An answer and what the resolver marked on it. */
interface MarkedAnswer {
  readonly path: AliasPath;
  /** Every message it came in was authenticated. */
  readonly adFlag: boolean;
  /** A denial in it asked for more NSEC3 iterations than are computed. */
  readonly overIterated: boolean;
}

export type Vouched =
  | {
      readonly status: 'vouched';
      readonly dnssec: Exclude<DnssecStatus, 'bogus' | 'indeterminate'>;
      readonly insecurity?: ProvenInsecure;
    }
  | {
      readonly status: 'refused';
      readonly reason: 'bogus' | 'indeterminate';
      readonly detail: string;
      /** What the resolver did not say itself. */
      readonly extendedErrors: readonly ExtendedError[];
    };

const NOT_VALIDATED: Vouched = Object.freeze({ status: 'vouched', dnssec: 'not validated' });
const SECURE: Vouched = Object.freeze({ status: 'vouched', dnssec: 'secure' });

/** RFC 9276 section 3.2: refused here, where the resolver would let it pass as insecure. */
const OVER_ITERATED: Vouched = Object.freeze({
  status: 'refused',
  reason: 'bogus',
  detail: `its denial takes more than ${MAX_NSEC3_ITERATIONS} NSEC3 iterations`,
  extendedErrors: Object.freeze([
    { code: EDE.UNSUPPORTED_NSEC3_ITERATIONS, text: `more than ${MAX_NSEC3_ITERATIONS}` },
  ]),
});

const UNPROVEN: Vouched = Object.freeze({
  status: 'refused',
  reason: 'indeterminate',
  detail: 'the answer is not authenticated, and nothing proves that the name is insecure',
  extendedErrors: Object.freeze([]),
});

/**
 * The DNSSEC status of an answer (RFC 4035 section 4.3).
 *
 * The AD bit of a validating resolver of our own means secure. Without it the answer may be insecure, or one that nobody
 * could check; so a signed proof has to show where the chain of trust ends, or the answer is not used.
 */
export async function vouch(answer: MarkedAnswer, settings: VouchSettings, limits: Limits): Promise<Vouched> {
  if (!settings.validates) return NOT_VALIDATED;
  if (answer.adFlag) return answer.overIterated ? OVER_ITERATED : SECURE;
  const end = await walkTrust(settings, limits).findEnd(answer.path.visited);
  if (end.status === 'insecure') {
    const insecurity = { at: presentName(end.at), by: end.by };
    return { status: 'vouched', dnssec: 'insecure', insecurity };
  }
  const isOver = answer.overIterated || (end.status === 'unknown' && end.why === 'nsec3-iterations');
  return isOver ? OVER_ITERATED : UNPROVEN;
}

/** The walk of the check that the lookup belongs to, or one for this lookup alone. */
export function walkTrust(settings: AskSettings, limits: Limits): TrustWalk {
  const open = () => new TrustWalk((name) => askDs(name));
  const askDs = async (name: readonly string[]) => {
    // Not counted: the tries in the evidence are those for the data.
    const effort: Effort = { tries: 0, retried: false, lastServer: settings.servers[0] };
    const asked = await askServers(startPath(name), TYPE.DS, settings, limits, effort);
    return asked.status === 'answered' ? asked.message : null;
  };
  return limits.check === null ? open() : limits.check.trustWalk(open);
}
