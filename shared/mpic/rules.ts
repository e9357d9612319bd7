/** What the Baseline Requirements ask on one day. Read by {@link rulesAt}; never read from the system clock here. */
export interface DatedRules {
  /** The UTC day the rules were read for, `YYYY-MM-DD`. */
  readonly asOf: string;
  /** Fewest remote perspectives that an attempt may use; the primary one never counts (section 3.2.2.9). */
  readonly minimumPerspectives: number;
  /** Since when that minimum applies; null while there is none. */
  readonly minimumSince: string | null;
  /** The next rise of the minimum, so that a refusal can announce it. */
  readonly nextMinimum: { readonly from: string; readonly minimumPerspectives: number } | null;
  /** False while a CA may issue in spite of a missed quorum. The decision ignores that leave: it is for the CA to take. */
  readonly quorumBinding: boolean;
  /** Fewest RIR service regions that the corroborating perspectives must span. */
  readonly minimumRirs: number;
  /** The primary perspective validates DNSSEC for CAA and domain validation. */
  readonly primaryDnssecRequired: boolean;
  /** Validation log entries name what was validated, the authorization domain name if it differs, and the method. */
  readonly enrichedValidationLog: boolean;
  /** The step by step procedure for choosing an authorization domain name binds. */
  readonly adnProcedureBinding: boolean;
  /** RFC 8657 parameters restrict a caller who gave no account or method, too. */
  readonly rfc8657EnforcedByDefault: boolean;
  /** How many days a domain or IP validation may be reused by a certificate issued on this day. */
  readonly validationReuseDays: number;
}

type Rules = Omit<DatedRules, 'asOf' | 'minimumSince' | 'nextMinimum'>;

interface RuleChange {
  /** First UTC day on which the change applies. */
  readonly from: string;
  readonly source: string;
  readonly change: Partial<Rules>;
}

const BEFORE_MPIC: Rules = {
  minimumPerspectives: 0,
  quorumBinding: false,
  minimumRirs: 1,
  primaryDnssecRequired: false,
  enrichedValidationLog: false,
  adnProcedureBinding: false,
  rfc8657EnforcedByDefault: false,
  validationReuseDays: 398,
};

/** In the order of their dates. The days on which validation methods end stand with the methods. */
const CHANGES: readonly RuleChange[] = [
  { from: '2025-03-15', source: 'TLS BR v2.2.6 section 3.2.2.9', change: { minimumPerspectives: 2 } },
  { from: '2025-09-15', source: 'TLS BR v2.2.6 section 3.2.2.9', change: { quorumBinding: true } },
  {
    from: '2026-03-15',
    source: 'TLS BR v2.2.6 section 3.2.2.9',
    change: { minimumPerspectives: 3, minimumRirs: 2 },
  },
  {
    from: '2026-03-15',
    source: 'TLS BR v2.2.6 sections 3.2.2.4 and 3.2.2.8.1',
    change: { primaryDnssecRequired: true },
  },
  { from: '2026-03-15', source: 'TLS BR v2.2.6 section 4.2.1', change: { validationReuseDays: 200 } },
  { from: '2026-06-15', source: 'TLS BR v2.2.6 section 3.2.2.9', change: { minimumPerspectives: 4 } },
  { from: '2026-07-15', source: 'Ballot SC-099, TLS BR v2.2.7', change: { enrichedValidationLog: true } },
  { from: '2026-11-15', source: 'Ballot SC-101, TLS BR v2.2.9', change: { adnProcedureBinding: true } },
  { from: '2026-12-15', source: 'TLS BR v2.2.6 section 3.2.2.9', change: { minimumPerspectives: 5 } },
  {
    from: '2027-03-15',
    source: 'Ballot SC-098, TLS BR v2.2.8 section 4.2.2.1.2',
    change: { rfc8657EnforcedByDefault: true },
  },
  { from: '2027-03-15', source: 'TLS BR v2.2.6 section 4.2.1', change: { validationReuseDays: 100 } },
  { from: '2029-03-15', source: 'TLS BR v2.2.6 section 4.2.1', change: { validationReuseDays: 10 } },
];

/**
 * The rules that apply at `date`. A rule begins at midnight UTC of its day.
 *
 * @throws RangeError for an invalid date: without a day there are no rules to decide by.
 */
export function rulesAt(date: Date): DatedRules {
  const [asOf = ''] = date.toISOString().split('T');
  const hasBegun = ({ from }: RuleChange) => Date.parse(from) <= date.getTime();
  const setsMinimum = ({ change }: RuleChange) => change.minimumPerspectives !== undefined;

  const begun = CHANGES.filter(hasBegun);
  const next = CHANGES.find((row) => setsMinimum(row) && !hasBegun(row));
  let rules = BEFORE_MPIC;
  for (const { change } of begun) rules = { ...rules, ...change };
  return {
    ...rules,
    asOf,
    minimumSince: begun.findLast(setsMinimum)?.from ?? null,
    nextMinimum:
      next?.change.minimumPerspectives === undefined
        ? null
        : { from: next.from, minimumPerspectives: next.change.minimumPerspectives },
  };
}

let lastDay: DatedRules | null = null;

/** The rules of a UTC day, `YYYY-MM-DD`. The last day asked for is remembered: nearly every request is of today. */
export function rulesOfDay(day: string): DatedRules {
  if (lastDay?.asOf !== day) lastDay = rulesAt(new Date(day));
  return lastDay;
}

/**
 * How many of `perspectiveCount` remote perspectives may fail to corroborate: the quorum table of
 * TLS BR v2.2.6 section 3.2.2.9. Never more than two, whatever the count; null when so few perspectives cannot
 * satisfy MPIC at all.
 */
export function allowedNonCorroborations(perspectiveCount: number): 1 | 2 | null {
  if (!(perspectiveCount >= 2)) return null;
  return perspectiveCount < 6 ? 1 : 2;
}
