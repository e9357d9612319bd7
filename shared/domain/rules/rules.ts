import { type DatedRule, type DayRules, RULEBOOK } from './rulebook.ts';

/** The rules of one day, from {@link rulesAt}. This file never reads the system clock. */
export interface DatedRules extends DayRules {
  /** The UTC day the rules were read for, `YYYY-MM-DD`. */
  readonly asOf: string;
  /** First day of the current minimum of perspectives; null if there is no minimum. */
  readonly minimumSince: string | null;
  /** The next increase of the minimum, for rejection messages. */
  readonly nextMinimum: { readonly from: string; readonly minimumPerspectives: number } | null;
}

const { before, changes } = RULEBOOK.dated;

const setsMinimum = ({ set }: DatedRule) => set.minimumPerspectives !== undefined;

/**
 * The rules that apply at `date`. A rule begins at midnight UTC of its day (TLS BR 1.6.4 [dates]).
 *
 * @throws RangeError for an invalid date, which selects no rules.
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

/** The rules of a UTC day, `YYYY-MM-DD`. The last day is cached, because nearly every request is of today. */
export function rulesOfDay(day: string): DatedRules {
  if (lastDay?.asOf !== day) lastDay = rulesAt(new Date(day));
  return lastDay;
}

/** How long a validation may be used for a certificate issued from `from` until before `until`, Unix milliseconds. */
export interface ReusePeriod {
  readonly from: number;
  readonly until: number;
  readonly days: number;
}

/** The limits of TLS BR 4.2.1 [reuse], in date order, without gaps. */
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
 * How many of `perspectiveCount` remote perspectives may fail to corroborate: the quorum table of TLS BR 3.2.2.9
 * [mpic]. Never more than two; null if so few perspectives cannot satisfy MPIC.
 */
export function allowedNonCorroborations(perspectiveCount: number): 1 | 2 | null {
  const row = RULEBOOK.mpic.quorum.findLast(({ perspectives }) => perspectiveCount >= perspectives);
  return row?.mayFail ?? null;
}
