import { type DatedRule, type DayRules, RULEBOOK } from './rulebook.ts';

/** What the rulebook asks on one day. Read by {@link rulesAt}; never read from the system clock here. */
export interface DatedRules extends DayRules {
  /** The UTC day the rules were read for, `YYYY-MM-DD`. */
  readonly asOf: string;
  /** Since when the minimum of perspectives applies; null while there is none. */
  readonly minimumSince: string | null;
  /** The next rise of the minimum, so that a rejection can announce it. */
  readonly nextMinimum: { readonly from: string; readonly minimumPerspectives: number } | null;
}

const { before, changes } = RULEBOOK.dated;

const setsMinimum = ({ set }: DatedRule) => set.minimumPerspectives !== undefined;

/**
 * The rules that apply at `date`. A rule begins at midnight UTC of its day (TLS BR 1.6.4 [dates]).
 *
 * @throws RangeError for an invalid date: without a day there are no rules to decide by.
 */
export function rulesAt(date: Date): DatedRules {
  const [asOf = ''] = date.toISOString().split('T');
  const hasBegun = ({ from }: DatedRule) => Date.parse(from) <= date.getTime();

  const begun = changes.filter(hasBegun);
  const next = changes.find((row) => setsMinimum(row) && !hasBegun(row));
  let rules: DayRules = before;
  for (const { set } of begun) rules = { ...rules, ...set };
  return {
    ...rules,
    asOf,
    minimumSince: begun.findLast(setsMinimum)?.from ?? null,
    nextMinimum:
      next?.set.minimumPerspectives === undefined
        ? null
        : { from: next.from, minimumPerspectives: next.set.minimumPerspectives },
  };
}

let lastDay: DatedRules | null = null;

/** The rules of a UTC day, `YYYY-MM-DD`. The last day asked for is remembered: nearly every request is of today. */
export function rulesOfDay(day: string): DatedRules {
  if (lastDay?.asOf !== day) lastDay = rulesAt(new Date(day));
  return lastDay;
}

/** How long a validation may be used by a certificate that is issued from `from` until before `until`, Unix milliseconds. */
export interface ReusePeriod {
  readonly from: number;
  readonly until: number;
  readonly days: number;
}

/** The limits of TLS BR 4.2.1 [reuse], in the order of their days, without a gap. */
export function reusePeriods(): readonly ReusePeriod[] {
  const steps = [
    { from: Number.NEGATIVE_INFINITY, days: before.validationReuseDays },
    ...changes.flatMap(({ from, set }) =>
      set.validationReuseDays === undefined
        ? []
        : [{ from: Date.parse(from), days: set.validationReuseDays }],
    ),
  ];
  return steps.map((step, index) => ({
    ...step,
    until: steps[index + 1]?.from ?? Number.POSITIVE_INFINITY,
  }));
}

/**
 * How many of `perspectiveCount` remote perspectives may fail to corroborate: the quorum table of TLS BR 3.2.2.9 [mpic].
 * Never more than two, whatever the count; null when so few perspectives cannot satisfy MPIC at all.
 */
export function allowedNonCorroborations(perspectiveCount: number): 1 | 2 | null {
  const row = RULEBOOK.mpic.quorum.findLast(({ perspectives }) => perspectiveCount >= perspectives);
  return row?.mayFail ?? null;
}
