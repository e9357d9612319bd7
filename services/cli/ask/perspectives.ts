import type { Command } from 'commander';
import { coloursFor } from '../../../shared/adapters/system/colours.ts';
import type { PerspectivesBody } from '../../../shared/client/index.ts';
import { findConfigurationProblems } from '../../../shared/domain/mpic/configuration.ts';
import { distanceKm } from '../../../shared/domain/mpic/geography.ts';
import { RULEBOOK } from '../../../shared/domain/rules/rulebook.ts';
import { rulesAt } from '../../../shared/domain/rules/rules.ts';
import { CommandError, define, EXIT, type Io, option } from '../shell/command.ts';
import { renderTable } from '../shell/table.ts';
import { toggle } from '../shell/values.ts';
import { CONNECTION_OPTIONS, createAnswerKeeper, withService } from './connection.ts';
import { describeResilience } from './resilience.ts';
import { show } from './show.ts';
import { markOf, renderMap } from './world-map.ts';

const pc = coloursFor(process.stdout);
const TIMEOUT_MS = 20_000;
const MAX_PROBLEMS = 10;
/** More than any service has; distances are shown for each pair. */
const MAX_PERSPECTIVES = 200;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  json: option('', 'print the answer of the service as it is', toggle),
};

/** `mpic perspectives`: who looks, from where, and whether that is enough for the rules of today and of the next date. */
export function defineCommand(command: Command, io: Io): void {
  command.description(
    'List the perspectives of a service on a map, how far apart they are, how they have been doing, whether they meet the rules of ' +
      'today and those from the next date on, and how many hijacks their set has withstood where that is measured. Exit status 1 when ' +
      'they do not meet the rules.',
  );
  const examples = ['mpic perspectives', 'mpic perspectives --url http://127.0.0.1:3000 --json'];
  define(command, OPTIONS, examples, (values) =>
    withService(values, io, async (client, signal) => {
      const answer = createAnswerKeeper();
      const body = await client.perspectives({ signal, timeoutMs: TIMEOUT_MS, onText: answer.onText });
      if (body.perspectives.length > MAX_PERSPECTIVES)
        throw new CommandError(
          `the service lists more than ${MAX_PERSPECTIVES} perspectives; check the base URL`,
        );
      const standings = judgeDates(body, new Date(io.clock.now()));
      io.out(values.json ? `${answer.printable()}\n` : render(body, standings));
      const found = [...standings, ...body.rule_changes_ahead].some(({ problems }) => problems.length > 0);
      return found ? EXIT.no : EXIT.ok;
    }),
  );
}

/** Whether a set of perspectives meets the rules of a day. */
interface Standing {
  readonly day: string;
  readonly minimumPerspectives: number;
  readonly minimumRirs: number;
  /** Empty when it does. */
  readonly problems: readonly string[];
}

/** Under the rules of today, and of the next day on which one begins that is about sets of perspectives. */
function judgeDates(body: PerspectivesBody, now: Date): readonly Standing[] {
  const next = RULEBOOK.dated.changes.find(
    ({ from, set }) =>
      Date.parse(from) > now.getTime() && ('minimumPerspectives' in set || 'minimumRirs' in set),
  );
  return [judgeDay(body, now), ...(next === undefined ? [] : [judgeDay(body, new Date(next.from))])];
}

/**
 * Judges the set as the service does at its start, with the smallest cohort of the day. The place of a site of the CA is not
 * in the answer; the service has held it against the perspectives itself.
 */
function judgeDay({ primary, perspectives }: PerspectivesBody, date: Date): Standing {
  const rules = rulesAt(date);
  const { asOf: day, minimumPerspectives, minimumRirs } = rules;
  const found = findConfigurationProblems({
    perspectives,
    primary:
      primary.status === 'perspective' ? { kind: 'perspective', code: primary.perspective_code } : null,
    cohortSize: minimumPerspectives,
    rules,
  });
  return { day, minimumPerspectives, minimumRirs, problems: found.map(({ message }) => message) };
}

function render(body: PerspectivesBody, standings: readonly Standing[]): string {
  const { perspectives, shared_host: sharedHost } = body;
  const rows = perspectives.map((one, index) => [markOf(index), ...rowOf(one, body)]);
  const head = ['', 'perspective', 'region', 'RIR', 'role', 'km to primary', 'nearest', 'health', 'resolver'];
  const lines = [
    renderMap(perspectives),
    renderTable(head, [5], rows),
    describePrimary(body),
    ...(perspectives.length > 1 ? ['Distances in km:', renderDistances(body)] : []),
    ...standings.flatMap((standing, index) => describeStanding(standing, index === 0)),
    ...body.rule_changes_ahead.flatMap(describeChange),
    ...describeResilience(body),
    ...(sharedHost ? [pc.yellow('all perspectives share one host: a lab, not corroboration')] : []),
  ];
  return `${lines.join('\n')}\n`;
}

type Listed = PerspectivesBody['perspectives'][number];

function rowOf(one: Listed, { primary, perspectives }: PerspectivesBody): readonly string[] {
  const designated =
    primary.status === 'perspective'
      ? perspectives.find(({ code }) => code === primary.perspective_code)
      : undefined;
  const { nearest_neighbour: nearest, health } = one;
  return [
    show(one.code, 63),
    show(one.name, 40),
    one.rir,
    one.role,
    designated === undefined || designated === one ? '-' : km(designated, one),
    nearest === null ? '-' : `${show(nearest.code, 63)}, ${nearest.km} km`,
    health.asked === 0 ? health.status : `${health.status}, ${health.answered} of ${health.asked} answered`,
    show(one.resolver ?? '-', 40),
  ];
}

/** Rounded down, as the rule takes it: 499.96 km are not 500. */
function km(one: Listed, other: Listed): string {
  return String(Math.floor(distanceKm(one, other)));
}

/** Each pair once. */
function renderDistances({ perspectives }: PerspectivesBody): string {
  const columns = perspectives.slice(0, -1);
  const rows = perspectives
    .slice(1)
    .map((one, index) => [
      show(one.code, 63),
      ...columns.map((other, column) => (column <= index ? km(one, other) : '')),
    ]);
  return renderTable(
    ['', ...columns.map(({ code }) => show(code, 63))],
    columns.map((_, column) => column + 1),
    rows,
  );
}

function describePrimary({ primary }: PerspectivesBody): string {
  switch (primary.status) {
    case 'perspective':
      return `primary: ${show(primary.perspective_code, 63)}`;
    case 'site':
      return `primary: ${show(primary.name)}, a site of the CA; its place is known to the service alone`;
    default:
      return 'primary: not declared, so that nothing shows how far the others are from it';
  }
}

/** A rule that the service announces, with what then keeps it from serving, which its own settings decide. */
function describeChange({
  from,
  section,
  text,
  problems,
}: PerspectivesBody['rule_changes_ahead'][number]): readonly string[] {
  const change = `ahead, from ${from}: ${show(text, 200)} (${show(section)})`;
  if (problems.length === 0) return [change];
  return [`${change}; ${pc.red('the service then rejects requests')}`, ...describeProblems(problems)];
}

function describeProblems(problems: readonly string[]): readonly string[] {
  return problems.slice(0, MAX_PROBLEMS).map((problem) => `  ${show(problem, 300)}`);
}

function describeStanding(
  { day, minimumPerspectives, minimumRirs, problems }: Standing,
  isToday: boolean,
): readonly string[] {
  const when = isToday ? `today, ${day}` : `from ${day} on`;
  const rule = `at least ${minimumPerspectives} remote perspectives in ${minimumRirs} RIR regions`;
  if (problems.length === 0) return [`${when}: ${pc.green('met')}, ${rule}`];
  return [`${when}: ${pc.red('not met')}, ${rule}`, ...describeProblems(problems)];
}
