import type { AdnPath, DnsDcvParameters, Policy, Target } from '../../shared/domain/check/check.ts';
import type {
  CheckError,
  CheckOutcome,
  DnsDcvDetails,
  DnsEvidence,
  NearbyName,
} from '../../shared/domain/check/check-result.ts';
import { findBestMatch, type Match } from '../../shared/domain/dcv/match.ts';
import { latestPersistUntil } from '../../shared/domain/dcv/persistent.ts';
import { type DnsPlan, planDnsQuestion } from '../../shared/domain/dcv/question.ts';
import { boundEvidence, recordText } from '../../shared/domain/dcv/record-evidence.ts';
import { matchRecord, selectRecords } from '../../shared/domain/dcv/record-match.ts';
import { evaluateClimb } from '../../shared/domain/dns/climb.ts';
import { climbEvidence, noEvidence } from '../../shared/domain/dns/climb-evidence.ts';
import type { LookupAnswer, RecordData } from '../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';
import { forOneCheck } from './check-resolver.ts';
import { denialError, failureError, lookupError } from './lookup-error.ts';
import { lookupLevels } from './lookup-levels.ts';

export interface DnsDcvCheck {
  readonly target: Target;
  readonly parameters: DnsDcvParameters;
  readonly adn?: AdnPath | undefined;
  readonly policy: Policy;
  readonly resolver: Resolver;
  /** Milliseconds on the monotonic clock of the resolver. */
  readonly deadline: number;
  /** The monotonic clock. */
  readonly monotonic: () => number;
  /** Unix milliseconds, for rules and records that expire. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks domain or address control by a method that uses only the DNS (TLS BR 3.2.2.4 [dcv] and 3.2.2.5 [ip]).
 *
 * A response without the record, NXDOMAIN included, is a completed check that failed; without a usable response the
 * check is not completed. Under `baseline-requirements` a check that deviates from them sends no query; under
 * `open-mpic` it is made, and a pass that needs the deviation does not corroborate. After a missing record, names near it
 * are looked up for the explanation; they never count.
 */
export async function checkDnsDcv(check: DnsDcvCheck): Promise<CheckOutcome> {
  const plan = planDnsQuestion(check.target, check.parameters, check.now);
  if (plan.status === 'refused') return refuse(check, [plan.error]);
  const isStrict = check.policy === 'baseline-requirements';
  if (isStrict && plan.deviations.length > 0) return refuse(check, plan.deviations);

  const asker = forOneCheck(check.resolver, check.signal);
  try {
    return await checkPlanned(check, plan, asker);
  } finally {
    asker.end();
  }
}

async function checkPlanned(
  check: DnsDcvCheck,
  plan: Extract<DnsPlan, { readonly status: 'planned' }>,
  asker: Resolver,
): Promise<CheckOutcome> {
  const levels = await lookupLevels(asker, plan.question, check.deadline, check.signal);
  const climbed = evaluateClimb(levels, () => false);
  const deciding = levels.at(-1)?.lookup;
  if (!deciding) return refuse(check, [lookupError('NoAnswer', 'nothing was asked')]);
  const dns = climbEvidence(levels, climbed.depth, deciding);

  if (deciding.status === 'failed') {
    return outcome(false, check, dns, [failureError(deciding, plan.question.type)]);
  }
  if (climbed.status !== 'found') {
    // A climb without a set at any level is not a lookup error: no contact is published.
    const errors = plan.question.climbs ? [] : [denialError(deciding, plan.question.type)];
    const { question } = plan;
    const { lookNearby } = await import('./look-nearby.ts');
    const nearbyNames = await lookNearby({ ...check, question, wildcard: isWildcard(check), asker });
    return outcome(true, check, dns, errors, nearbyNames);
  }
  return judge(check, climbed.name, climbed.answer, dns, plan.deviations.length === 0);
}

function judge(
  check: DnsDcvCheck,
  foundAt: string,
  answer: LookupAnswer,
  dns: DnsEvidence,
  followsRules: boolean,
): CheckOutcome {
  const { parameters, policy, now } = check;
  const wildcard = isWildcard(check);
  const records = selectRecords(parameters, answer.records);
  const matches = records.map((record) => matchRecord(record, { wildcard, parameters, nowMs: now }));
  const best = findBestMatch(matches);
  const match: Match = best === null ? 'none' : (matches[best] ?? 'none');
  return {
    completed: true,
    passed: match === 'exact' || (match === 'lenient' && policy === 'open-mpic'),
    corroborates: match === 'exact' && followsRules,
    errors: [],
    details: {
      ...emptyDetails(check, dns),
      ...seen(records, best),
      adFlag: answer.adFlag,
      foundAt,
      ...endOf(parameters, records, matches, match),
    },
  };
}

/** Whether the order is for a wildcard name, even if the target is without `*.`. */
function isWildcard({ target, adn }: DnsDcvCheck): boolean {
  return (target.kind === 'domain' && target.wildcard) || (adn?.wildcard ?? false);
}

/** When the records that prove control by a persistent value expire. */
function endOf(
  { method }: DnsDcvParameters,
  records: readonly RecordData[],
  matches: readonly Match[],
  match: Match,
): Pick<DnsDcvDetails, 'persistUntil'> {
  if (method !== 'dns-persistent' || match === 'none') return {};
  const proving = records.flatMap((record, index) =>
    matches[index] === match && record.type === 'TXT' ? [record.value] : [],
  );
  return { persistUntil: latestPersistUntil(proving) };
}

function seen(records: readonly RecordData[], deciding: number | null) {
  return boundEvidence(records.map(recordText), deciding);
}

function refuse(check: DnsDcvCheck, errors: readonly CheckError[]): CheckOutcome {
  return outcome(false, check, noEvidence(check.resolver.mode), errors);
}

/** An outcome without records. */
function outcome(
  completed: boolean,
  check: DnsDcvCheck,
  dns: DnsEvidence,
  errors: readonly CheckError[],
  nearbyNames: readonly NearbyName[] = [],
): CheckOutcome {
  const details = { ...emptyDetails(check, dns), ...(nearbyNames.length === 0 ? {} : { nearbyNames }) };
  return { completed, passed: false, corroborates: false, errors, details };
}

function emptyDetails({ parameters }: DnsDcvCheck, dns: DnsEvidence): DnsDcvDetails {
  return {
    kind: 'dns',
    method: parameters.method,
    recordsSeen: null,
    recordsTruncated: false,
    adFlag: null,
    foundAt: null,
    dns,
  };
}
