import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { linesOf } from './audit-lab.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mpic-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function write(text: string, below = folder): string {
  files += 1;
  const path = join(below, `audit-${files}.jsonl`);
  writeFileSync(path, text);
  return path;
}

const run = (argv: readonly string[], stdin = '') => runCommand(['replay', ...argv], { stdin });

describe('mpic replay', () => {
  it('repeats every decision of a folder, whatever file a record is in, and ends with 0', async () => {
    const trail = mkdtempSync(join(folder, 'trail-'));
    const below = join(trail, '2026-11-29');
    mkdirSync(below);
    const [one, other] = [linesOf(), linesOf(6)];
    write(one.lines.slice(0, 2).join(''), below);
    write([...one.lines.slice(2), ...other.lines, ...other.lines].join(''), trail);
    const { status, out, error } = await run(['--trail', trail]);
    expect(error).toBe('2 decisions replayed, 0 differ, 0 problems\n');
    expect(out).toMatch(/^same .*\nsame .*\n$/);
    expect(status).toBe(0);
  });

  it('repeats the decisions of a trail of the first version', async () => {
    const { status, out, error } = await run(['--trail', join(import.meta.dirname, 'audit-trail-1.jsonl')]);
    expect(error).toBe('4 decisions replayed, 0 differ, 0 problems\n');
    expect(out).toMatch(/^(?:same .*\n){4}$/);
    expect(status).toBe(0);
  });

  it('says what the text of another day makes of a decision, and ends with 0', async () => {
    const { status, out, error } = await run(
      ['--trail', '-', '--as-of', '2026-12-15'],
      linesOf().lines.join(''),
    );
    expect(out).toMatch(/^differs .*: 4\/4 valid, satisfied; rules of 2026-12-15\n/);
    expect(out).toContain('reasons: [] in the record, ["too-few-perspectives"] replayed');
    expect(error).toContain('1 decisions replayed, 1 differ, 0 problems');
    expect(status).toBe(0);
  });

  it('gives the same as JSON', async () => {
    const { id, lines } = linesOf();
    const { out } = await run(['--trail', '-', '--as-of', '2026-12-15', '--json'], lines.join(''));
    expect(JSON.parse(out)).toMatchObject({
      mpic_id: id,
      attempt: 1,
      replayed: true,
      rules_as_of: '2026-07-01',
      rules_as_of_replay: '2026-12-15',
      differences: expect.arrayContaining([{ member: 'is_valid', recorded: true, replayed: false }]),
    });
  });

  it('replays one request where one is named', async () => {
    const [one, other] = [linesOf(), linesOf()];
    const { status, out } = await run(
      ['--trail', '-', '--id', other.id],
      [...one.lines, ...other.lines].join(''),
    );
    expect(out).toContain(other.id);
    expect(out).not.toContain(one.id);
    expect(status).toBe(0);
  });

  const forged = (lines: readonly string[]) =>
    lines.map((line) => line.replace('"corroborating":["', '"corroborating":["nowhere","')).join('');

  it.each<{ name: string; text: () => string; options?: readonly string[]; says: RegExp }>([
    { name: 'a record that was changed', text: () => forged(linesOf().lines), says: /1 differ/ },
    {
      name: 'a missing record of a perspective',
      text: () => linesOf().lines.slice(1).join(''),
      says: /no perspective-check record of .*1 problems/s,
    },
    {
      name: 'a line that is cut off',
      text: () => linesOf().lines.join('').slice(0, -9),
      says: /-:5: does not end/,
    },
    {
      name: 'a line that is not JSON',
      text: () => `{"event":\n${linesOf().lines.join('')}`,
      says: /-:1: not an audit record/,
    },
    {
      name: 'a record of a version that kept less',
      text: () =>
        linesOf()
          .lines.join('')
          .replace(/"corroborates":(?:true|false),/, ''),
      says: /-:1: a perspective-check record that cannot be replayed: corroborates missing/,
    },
    { name: 'an empty trail', text: () => '', says: /there is no decision in the trail/ },
    {
      name: 'a request that is not in the trail',
      text: () => linesOf().lines.join(''),
      options: ['--id', 'unknown'],
      says: /there is no decision of unknown in the trail/,
    },
  ])('ends with 1 for $name', async ({ text, options = [], says }) => {
    const { status, out, error } = await run(['--trail', '-', ...options], text());
    expect(`${out}${error}`).toMatch(says);
    expect(status).toBe(1);
  });

  it.each<{ name: string; argv: readonly string[]; says: string; status?: number }>([
    { name: 'no trail', argv: [], says: '--trail is missing: <path...>, file of audit records' },
    { name: 'a trail without its path', argv: ['--trail'], says: 'argument missing' },
    {
      name: 'a day that does not exist',
      argv: ['--trail', '-', '--as-of', '2026-02-30'],
      says: '--as-of is not a date like 2027-03-15; mpic replay --help explains',
    },
    {
      name: 'an option that it does not know',
      argv: ['--trail', '-', '--as-off', '2027-03-15'],
      says: "unknown option '--as-off' (Did you mean --as-of?)",
    },
    {
      name: 'a file that is not there',
      argv: ['--trail', join(folder, 'nothing')],
      says: 'nothing" cannot be read: ENOENT',
      status: 2,
    },
  ])('ends with 64 for wrong usage, 2 where it cannot read: $name', async ({ argv, says, status = 64 }) => {
    const ended = await run(argv);
    expect(ended).toEqual({ status, out: '', error: expect.stringMatching(/^mpic replay: [^\n]+\n$/) });
    expect(ended.error).toContain(says);
  });

  /** The quorum record of one valid request with `changes`, after its other records. */
  function changed(changes: Readonly<Record<string, unknown>>): string {
    const { lines } = linesOf();
    const quorum: Record<string, unknown> = JSON.parse(lines.at(-1) ?? '');
    return [...lines.slice(0, -1), `${JSON.stringify({ ...quorum, ...changes })}\n`].join('');
  }

  const HOSTILE = '\u001b]0;x\u0007\u009b2J\u202e\nsame     forged';

  it.each([
    { checked_identifier: HOSTILE },
    { time: HOSTILE },
    { attempt_deadline: HOSTILE },
    { quorum: HOSTILE },
    { rirs: [HOSTILE] },
    { perspectives: [HOSTILE] },
  ])('never lets a trail command the terminal: %o', async (changes) => {
    for (const flags of [[], ['--json']]) {
      const { out, error } = await run(['--trail', '-', ...flags], changed(changes));
      expect(out + error).toMatch(/x|time|attempt_deadline/);
      expect((out + error).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(out).not.toMatch(/^same {5}forged/m);
    }
  });

  it.each([
    {
      place: 'after the decision was replayed',
      order: (lines: readonly string[], other: string) => [...lines, other],
    },
    {
      place: 'before its perspectives are read',
      order: (lines: readonly string[], other: string) => [lines.at(-1) ?? '', other, ...lines.slice(0, -1)],
    },
  ])('names a second record that says otherwise, $place, and ends with 1', async ({ order }) => {
    const { id, lines } = linesOf();
    const other = `${JSON.stringify({ ...JSON.parse(lines.at(-1) ?? ''), is_valid: false })}\n`;
    const { status, out, error } = await run(['--trail', '-'], order(lines, other).join(''));
    expect(out).toMatch(/^same .* valid, satisfied/);
    expect(error).toContain(`${id}/1: another record of this decision says otherwise\n`);
    expect(status).toBe(1);
  });

  it('goes on past a record that is nested a million times', async () => {
    const depth = 1_000_000;
    const nested = changed({ primary: { status: 'not-declared', x: '@' } }).replace(
      '"@"',
      '['.repeat(depth) + ']'.repeat(depth),
    );
    const { status, error } = await run(['--trail', '-'], nested + linesOf().lines.join(''));
    expect(error).toBe('2 decisions replayed, 0 differ, 0 problems\n');
    expect(status).toBe(0);
  });
});
