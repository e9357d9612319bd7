import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import { escapeJson } from '../../../shared/contract/api/printable-json.ts';
import { escapeUnseen, quoteInput } from '../../../shared/domain/net/quote.ts';
import { CommandError, define, EXIT, type Io, option, UsageError } from '../shell/command.ts';
import { toggle } from '../shell/values.ts';
import { type Flaw, TrailCheck, type TrailFacts } from './check-trail.ts';
import { type Read, SELECT_OPTIONS, type Selection, selectRecords } from './select.ts';
import {
  describeDecision,
  renderPerspectives,
  type ShownPerspective,
  shownPerspectiveSchema,
  shownQuorumSchema,
} from './show.ts';

const TRAIL = '--trail ~/.local/state/mpic/audit';
/** Most flaws that are listed one by one. */
const MAX_LISTED = 100;
const DIGEST_CHARACTERS = 22;

/** `mpic audit`: find, show, export and check the records of an audit trail, or of a copy of its bucket. */
export function defineCommand(command: Command, io: Io): void {
  command.description(
    'Read an audit trail: the folder "audit" of a data folder, or a copy of the bucket of a deployment (aws s3 sync).',
  );

  define(
    command.command('list').description('list decisions, one in a line'),
    SELECT_OPTIONS,
    [`mpic audit list ${TRAIL} --target example.com --from 2026-11-01`],
    (selection) => list(selection, io),
  );
  define(
    command
      .command('show')
      .description('show a request: its decisions, and what each perspective said')
      .argument('<mpic_id>'),
    { trail: SELECT_OPTIONS.trail },
    [`mpic audit show 01a2011c-dc3e-7eb8-ad0e-53a1df69d0da ${TRAIL}`],
    ({ trail }, [id = '']) => showRequest({ trail, id }, io),
  );
  define(
    command.command('export').description('write the selected records, byte for byte, as JSON lines'),
    {
      ...SELECT_OPTIONS,
      output: option(
        '<file>',
        'a new file; without it standard output, with escapes for what could command a terminal',
        z.string().optional(),
      ),
    },
    [`mpic audit export ${TRAIL} --order 4711 --output order-4711.jsonl`],
    (values) => exportRecords(values, io),
  );
  define(
    command
      .command('verify')
      .description(
        'check that every record follows its schema, that no two differ about one fact, and that each attempt is complete; ' +
          'exit status 1 where something is wrong. Not a proof against changes: that takes a locked copy',
      ),
    { trail: SELECT_OPTIONS.trail, json: option('', 'print what was found as JSON', toggle) },
    [`mpic audit verify ${TRAIL}`],
    (values) => verify(values, io),
  );
}

/** Tells a place that cannot be read; true if `read` is a record. */
function isRecord(read: Read, io: Io): read is Extract<Read, { kind: 'record' }> {
  if (read.kind === 'record') return true;
  io.error(`${escapeUnseen(read.place)}: ${read.problem}\n`);
  return false;
}

async function list(selection: Selection, io: Io): Promise<number> {
  let listed = 0;
  let problems = 0;
  for await (const read of selectRecords(selection, io)) {
    if (!isRecord(read, io)) problems += 1;
    else if (read.head.event === 'quorum-decision') {
      const decision = shownQuorumSchema.safeParse(read.value);
      if (decision.success) {
        io.out(`${describeDecision(decision.data)}\n`);
        listed += 1;
      } else {
        io.error(`${escapeUnseen(read.place)}: not a quorum-decision record that this command can read\n`);
        problems += 1;
      }
    }
  }
  io.error(`${listed} decisions, ${problems} places that cannot be read\n`);
  return listed === 0 || problems > 0 ? EXIT.no : EXIT.ok;
}

async function showRequest(selection: Selection, io: Io): Promise<number> {
  const attempts = new Map<number, ShownPerspective[]>();
  const decisions = new Map<number, string>();
  const others: string[] = [];
  for await (const read of selectRecords(selection, io)) {
    if (!isRecord(read, io)) continue;
    const { event, attempt = 0 } = read.head;
    const perspective = shownPerspectiveSchema.safeParse(read.value);
    const decision = shownQuorumSchema.safeParse(read.value);
    if (perspective.success) attempts.set(attempt, [...(attempts.get(attempt) ?? []), perspective.data]);
    else if (event === 'quorum-decision' && decision.success)
      decisions.set(attempt, describeDecision(decision.data));
    else others.push(`${escapeUnseen(event)}: ${escapeJson(read.text)}`);
  }
  if (attempts.size + decisions.size + others.length === 0)
    throw new CommandError(`the trail has no record of ${quoteInput(selection.id ?? '')}`, EXIT.no);
  const numbers = [...new Set([...attempts.keys(), ...decisions.keys()])].sort((one, other) => one - other);
  for (const number of numbers) {
    io.out(`${decisions.get(number) ?? `attempt ${number}: no decision in the trail`}\n`);
    const perspectives = attempts.get(number) ?? [];
    if (perspectives.length > 0) io.out(`${renderPerspectives(perspectives)}\n`);
  }
  for (const other of others) io.out(`${other}\n`);
  return EXIT.ok;
}

async function exportRecords(
  { output, ...selection }: Selection & { readonly output?: string | undefined },
  io: Io,
): Promise<number> {
  const write = output === undefined ? null : await openNew(output);
  let count = 0;
  let problems = 0;
  try {
    for await (const read of selectRecords(selection, io)) {
      if (!isRecord(read, io)) problems += 1;
      else {
        if (write === null) io.out(`${escapeJson(read.text)}\n`);
        else await write.appendFile(`${read.text}\n`);
        count += 1;
      }
    }
  } finally {
    await write?.close();
  }
  io.error(`${count} records, ${problems} places that cannot be read\n`);
  return count === 0 || problems > 0 ? EXIT.no : EXIT.ok;
}

/** Records hold what a CA is about to issue: the file is for this user only. */
async function openNew(path: string) {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'EEXIST') throw new UsageError(`--output: ${quoteInput(path)} is there already`);
    throw new CommandError(`--output: ${quoteInput(path)} cannot be made (${code})`);
  }
}

async function verify({ trail, json }: { trail: readonly string[]; json: boolean }, io: Io): Promise<number> {
  const check = new TrailCheck((text) =>
    createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARACTERS),
  );
  let flaws = 0;
  const tell = (found: readonly Flaw[]) => {
    for (const { place, problem } of found) {
      flaws += 1;
      if (flaws <= MAX_LISTED) io.error(`${escapeUnseen(place)}: ${escapeUnseen(problem)}\n`);
    }
  };
  for await (const read of selectRecords({ trail }, io)) tell(check.take(read));
  tell(check.finish());
  if (flaws > MAX_LISTED) io.error(`and ${flaws - MAX_LISTED} more\n`);
  const { facts } = check;
  io.out(json ? `${JSON.stringify({ ...facts, flaws })}\n` : describe(facts, flaws));
  return flaws > 0 || Object.keys(facts.counts).length === 0 ? EXIT.no : EXIT.ok;
}

function describe(facts: TrailFacts, flaws: number): string {
  const { counts, firstTime, lastTime, repeated, former, startsWithoutStop } = facts;
  const events = Object.entries(counts).map(([event, count]) => `  ${escapeUnseen(event)}: ${count}`);
  const lines = [
    `${facts.requests} requests, from ${escapeUnseen(firstTime ?? 'never')} to ${escapeUnseen(lastTime ?? 'never')}`,
    ...events,
    ...(repeated > 0 ? [`${repeated} records are there more than once, with the same text`] : []),
    ...(former > 0
      ? [`${former} records are of the first version: counted, their members are not checked`]
      : []),
    ...(startsWithoutStop > 0
      ? [`${startsWithoutStop} starts of the service without a stop before them`]
      : []),
    flaws === 0 ? 'nothing is wrong' : `${flaws} flaws`,
  ];
  return `${lines.join('\n')}\n`;
}
