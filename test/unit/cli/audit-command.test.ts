import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS_A_TERMINAL, HOSTILE } from './ask-lab.ts';
import { linesOf } from './audit-lab.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mpic-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FIRST_VERSION = join(import.meta.dirname, 'audit-trail-1.jsonl');
const audit = (argv: readonly string[], stdin = '') => runCommand(['audit', ...argv], { stdin });

/** The line with members changed; null removes one. */
function changed(line: string | undefined, changes: Readonly<Record<string, unknown>>): string {
  const record = { ...(JSON.parse(line ?? '') as object), ...changes };
  const kept = Object.entries(record).filter(([, value]) => value !== undefined);
  return `${JSON.stringify(Object.fromEntries(kept))}\n`;
}

describe('mpic audit list', () => {
  it('shows a line for each decision of a folder, of every version', async () => {
    const trail = mkdtempSync(join(folder, 'trail-'));
    mkdirSync(join(trail, '2026-11-29'));
    writeFileSync(join(trail, '2026-11-29', 'one.jsonl'), linesOf().lines.join(''));
    writeFileSync(join(trail, 'two.jsonl'), readFileSync(FIRST_VERSION));
    const { status, out, error } = await audit(['list', '--trail', trail]);
    expect([status, error]).toEqual([0, '5 decisions, 0 places that cannot be read\n']);
    expect(out.split('\n')).toHaveLength(6);
    expect(out).toMatch(/ {2}valid 4\/4, evidence\n/);
  });

  const { id, lines } = linesOf();
  const { domain_or_ip_target: target, time } = JSON.parse(lines.at(-1) ?? '') as Record<string, string>;
  const day = String(time).slice(0, 10);
  it.each([
    { name: 'its request', argv: ['--id', id], found: 1 },
    { name: 'another request', argv: ['--id', '01a2011c-dc3e-7eb8-ad0e-000000000000'], found: 0 },
    { name: 'its name in another case', argv: ['--target', String(target).toUpperCase()], found: 1 },
    { name: 'another name', argv: ['--target', 'other.test'], found: 0 },
    { name: 'its day', argv: ['--from', day], found: 1 },
    { name: 'the moment itself', argv: ['--from', String(time)], found: 1 },
    { name: 'the time before it', argv: ['--to', String(time)], found: 0 },
    { name: 'another order', argv: ['--order', '4711'], found: 0 },
  ])('selects by $name', async ({ argv, found }) => {
    const { status, error } = await audit(['list', '--trail', '-', ...argv], lines.join(''));
    expect([status, error]).toEqual([
      found === 0 ? 1 : 0,
      `${found} decisions, 0 places that cannot be read\n`,
    ]);
  });

  it.each([
    { name: 'a day that does not exist', argv: ['--from', '2026-02-30'], says: '--from is neither a day' },
    { name: 'a time without a zone', argv: ['--to', '2026-11-22T02:36'], says: '--to is neither a day' },
  ])('is wrong usage with $name', async ({ argv, says }) => {
    const { status, error } = await audit(['list', '--trail', '-', ...argv]);
    expect([status, error]).toEqual([64, expect.stringContaining(says)]);
  });

  it('names each place that holds no record, and ends with 1', async () => {
    const { status, error } = await audit(['list', '--trail', '-'], `${lines.join('')}{}\nno JSON\n{"torn`);
    const count = lines.length;
    expect(error).toBe(
      `-:${count + 1}: not an audit record\n-:${count + 2}: not an audit record\n-:${count + 3}: does not end\n` +
        '1 decisions, 3 places that cannot be read\n',
    );
    expect(status).toBe(1);
  });

  it('ends with 2 when the trail is not there', async () => {
    const { status, error } = await audit(['list', '--trail', join(folder, 'missing')]);
    expect([status, error]).toEqual([
      2,
      expect.stringMatching(/^mpic audit list: "[^"]+" cannot be read: ENOENT/),
    ]);
  });

  it('shows nothing that commands the terminal, whatever the records say', async () => {
    const hostile = { checked_identifier: HOSTILE, caller: HOSTILE, quorum: HOSTILE, reasons: [HOSTILE] };
    const lying = lines.map((line) =>
      changed(line, { ...hostile, perspective: HOSTILE, event: JSON.parse(line).event }),
    );
    for (const verb of [['list'], ['show', id], ['export'], ['verify']]) {
      const { out, error } = await audit([...verb, '--trail', '-'], lying.join(''));
      expect(`${out}${error}`).not.toMatch(COMMANDS_A_TERMINAL);
    }
  });
});

describe('mpic audit show', () => {
  it('shows the decision and what each perspective said', async () => {
    const { id, lines } = linesOf();
    const { status, out } = await audit(['show', id, '--trail', '-'], lines.join(''));
    expect(status).toBe(0);
    expect(out).toContain(`${id}/1`);
    expect(out.match(/│ (?:dcv-pass|caa-permission) +│ yes +│/g)).toHaveLength(4);
  });

  it('ends with 1 when there is no record of the request', async () => {
    const { status, out, error } = await audit(['show', 'another', '--trail', '-'], linesOf().lines.join(''));
    expect([status, out, error]).toEqual([
      1,
      '',
      expect.stringContaining('the trail has no record of "another"'),
    ]);
  });
});

describe('mpic audit export', () => {
  it('writes the records byte for byte into a new file that only this user can read', async () => {
    const { id, lines } = linesOf();
    const output = join(folder, 'export.jsonl');
    const odd = lines.map((line) => line.replace('"event"', '"colour":"\u009b2J", "event"'));
    const { status, out, error } = await audit(
      ['export', '--trail', '-', '--id', id, '--output', output],
      odd.join(''),
    );
    expect([status, out, error]).toEqual([0, '', `${lines.length} records, 0 places that cannot be read\n`]);
    expect(readFileSync(output, 'utf8')).toBe(odd.join(''));
    expect(statSync(output).mode & 0o777).toBe(0o600);
    const again = await audit(['export', '--trail', '-', '--output', output], odd.join(''));
    expect([again.status, again.error]).toEqual([64, expect.stringContaining('is there already')]);
    expect(readFileSync(output, 'utf8')).toBe(odd.join(''));
  });

  it('writes the same JSON to standard output', async () => {
    const { lines } = linesOf();
    const { out } = await audit(['export', '--trail', '-'], lines.join(''));
    expect(out).toBe(lines.join(''));
  });
});

describe('mpic audit verify', () => {
  const { id, lines } = linesOf();
  const [first, second] = lines;
  const verify = (text: string) => audit(['verify', '--trail', '-'], text);

  it('counts the records of a complete trail, repetitions apart, and ends with 0', async () => {
    const { status, out, error } = await verify([...lines, ...lines].join(''));
    expect([status, error]).toEqual([0, '']);
    expect(out).toContain('1 requests, from ');
    expect(out).toContain('  perspective-check: 4\n  quorum-decision: 1\n');
    expect(out).toContain(`${lines.length} records are there more than once, with the same text\n`);
    expect(out).toContain('nothing is wrong\n');
  });

  it('counts records of the first version without judging their members', async () => {
    const { status, out } = await audit(['verify', '--trail', FIRST_VERSION, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ flaws: 0, requests: 4, former: expect.any(Number) });
  });

  it.each([
    {
      name: 'a perspective is missing',
      text: lines.slice(1).join(''),
      says: /attempt \S+\/1 has no perspective-check record of \w+/,
    },
    {
      name: 'the decision is missing',
      text: lines.slice(0, -1).join(''),
      says: /attempt \S+\/1 has no quorum-decision record/,
    },
    {
      name: 'an attempt before it is missing',
      text: lines
        .map((line) => changed(line, { attempt: 2, record_id: `${JSON.parse(line).record_id}-2` }))
        .join(''),
      says: new RegExp(`attempt ${id}/2 is there, and ${id}/1 is not`),
    },
    {
      name: 'two records of one fact differ',
      text: [...lines, changed(first, { result: 'dcv-fail' })].join(''),
      says: /another record has the id /,
    },
    {
      name: 'a member is not of its form',
      text: [changed(first, { stored_sha256: 'x' }), ...lines.slice(1)].join(''),
      says: /^-:1: record: stored_sha256: /m,
    },
    {
      name: 'a member is missing',
      text: [first, changed(second, { rulebook: undefined }), ...lines.slice(2)].join(''),
      says: /^-:2: record: rulebook: is missing$/m,
    },
    {
      name: 'a record is of a version to come',
      text: [...lines, changed(first, { schema_version: '3.0', record_id: 'new', perspective: 'new' })].join(
        '',
      ),
      says: /is of version 3\.0, which this command does not know/,
    },
    { name: 'a line is torn', text: `${lines.join('')}{"event":`, says: /: does not end\n/ },
  ])('ends with 1 and says where when $name', async ({ text, says }) => {
    const { status, out, error } = await verify(text);
    expect([status, error]).toEqual([1, expect.stringMatching(says)]);
    expect(out).toMatch(/\d+ flaws\n$/);
  });

  it('ends with 1 for a trail without records', async () => {
    expect((await verify('')).status).toBe(1);
  });
});
