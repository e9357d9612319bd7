import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS_A_TERMINAL, HOSTILE, KEY, useAskedService } from './ask-lab.ts';
import { runCommand, type World } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mpic-batch-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { startService, open } = useAskedService();

let names: string;
let results: string;
let files = 0;
beforeEach(() => {
  files += 1;
  names = join(folder, `names-${files}.txt`);
  results = `${names}.results.jsonl`;
});

const batch = (url: string, argv: readonly string[] = [], world: World = {}) =>
  runCommand(['batch', names, '--url', url, ...argv], { environment: { MPIC_KEY: KEY }, ...world });

const lines = () =>
  readFileSync(results, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { target: string; outcome: string; check: string });
const outcomes = () => Object.fromEntries(lines().map(({ target, outcome }) => [target, outcome]));

/** A service that counts the targets it was asked about, and how many at a time. */
async function openCounting() {
  const api = await startService();
  const asked: string[] = [];
  let running = 0;
  const most = { running: 0 };
  const { url } = await open(async (request) => {
    if (request.method !== 'POST') return api(request);
    const body = await request.text();
    asked.push((JSON.parse(body) as { domain_or_ip_target: string }).domain_or_ip_target);
    running += 1;
    most.running = Math.max(most.running, running);
    const answer = await api(new Request(request.url, { method: 'POST', headers: request.headers, body }));
    running -= 1;
    return answer;
  });
  return { url, asked, most };
}

describe('mpic batch', () => {
  it('ends with 0 when all are valid, and keeps each result in a file that only this user can read', async () => {
    writeFileSync(names, 'permitted.test\nwww.permitted.test\n');
    const { url } = await openCounting();
    const { status, out, error } = await batch(url);
    expect(status).toBe(0);
    expect(out).toBe('2 names: 2 valid, 0 not valid, 0 undecided, 0 rejected, 0 without an answer\n');
    expect(error).toMatch(/^permitted\.test: valid, 6\/6$/m);
    expect(outcomes()).toEqual({ 'permitted.test': 'valid', 'www.permitted.test': 'valid' });
    expect(lines()[0]).toMatchObject({ quorum: '6/6', baseline_satisfied: false, reason: null });
    expect(statSync(results).mode & 0o777).toBe(0o600);
  });

  it.each([
    { name: 'some are not valid', text: 'permitted.test\nforbidden.test\n', status: 1 },
    { name: 'the service checks no such name', text: 'permitted.test\nlocalhost\n', status: 1 },
    { name: 'of some it could not be told', text: 'forbidden.test\nbroken.test\n', status: 2 },
  ])('ends with $status when $name', async ({ text, status }) => {
    writeFileSync(names, text);
    const { url } = await openCounting();
    expect((await batch(url)).status).toBe(status);
  });

  it('gives each name what it came to, with the reason', async () => {
    writeFileSync(names, 'permitted.test\nforbidden.test\nbroken.test\nlocalhost\n');
    const { url } = await openCounting();
    const { out, error } = await batch(url, ['--json']);
    expect(outcomes()).toEqual({
      'permitted.test': 'valid',
      'forbidden.test': 'not-valid',
      'broken.test': 'undecided',
      localhost: 'rejected',
    });
    expect(JSON.parse(out)).toEqual({
      ...{ names: 4, duplicates: 0, known: 0 },
      ...{ valid: 1, 'not-valid': 1, undecided: 1, rejected: 1, failed: 0 },
    });
    expect(error).toMatch(/^forbidden\.test: not-valid, 0\/6, issuer-not-authorised$/m);
    expect(error).toMatch(/^localhost: rejected, .*localhost/m);
  });

  it('reads names with comments, empty lines, spaces, other case, CRLF, and no end of the last line', async () => {
    writeFileSync(names, '# names\r\n\r\n  Permitted.TEST. # ours\r\npermitted.test\r\n\t\r\nforbidden.test');
    const { url, asked } = await openCounting();
    const { out } = await batch(url);
    expect(asked.sort()).toEqual(['forbidden.test', 'permitted.test']);
    expect(out).toContain('lines that repeat a name, left out: 1\n');
  });

  it('asks about no more names at a time than it is allowed to', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `n${index}.permitted.test`);
    writeFileSync(names, many.join('\n'));
    const { url, asked, most } = await openCounting();
    expect((await batch(url, ['--concurrency', '3'])).status).toBe(0);
    expect(asked).toHaveLength(12);
    expect(most.running).toBeLessThanOrEqual(3);
    expect(lines()).toHaveLength(12);
  });

  it('sends the parameters of check with every name', async () => {
    writeFileSync(names, 'one.test\ntwo.test\n');
    const bodies: unknown[] = [];
    const { url } = await open(async (request) => {
      bodies.push(await request.json());
      return Response.json({ error: 'api-key-invalid', message: 'no', request_id: 'r' }, { status: 403 });
    });
    await batch(url, ['--caa-domains', 'ca.example', '--quorum', '5', '--concurrency', '1']);
    expect(bodies).toEqual([
      expect.objectContaining({
        domain_or_ip_target: 'one.test',
        caa_check_parameters: { caa_domains: ['ca.example'] },
        orchestration_parameters: { quorum_count: 5 },
      }),
    ]);
  });
});

describe('mpic batch, once more', () => {
  const first = async () => {
    writeFileSync(names, 'permitted.test\nforbidden.test\nbroken.test\nlocalhost\n');
    const service = await openCounting();
    await batch(service.url);
    service.asked.splice(0);
    return service;
  };

  it('asks again only about what has no verdict', async () => {
    const { url, asked } = await first();
    const { status, out, error } = await batch(url);
    expect(asked).toEqual(['broken.test']);
    expect(error).toContain('3 of 4 names have their result already\n');
    expect(out).toBe(
      '4 names: 1 valid, 1 not valid, 1 undecided, 1 rejected, 0 without an answer\n3 of them from an earlier run\n',
    );
    expect(status).toBe(2);
  });

  it('cuts off a line that a killed process left without its end, and asks about its name again', async () => {
    const { url, asked } = await first();
    const text = readFileSync(results, 'utf8');
    const [kept = '', torn = ''] = text.split('\n');
    const tornTarget = (JSON.parse(torn) as { target: string }).target;
    writeFileSync(results, `${kept}\n${torn.slice(0, -9)}`);
    await batch(url);
    expect(asked).toContain(tornTarget);
    expect(asked).not.toContain((JSON.parse(kept) as { target: string }).target);
    expect(
      lines()
        .map(({ target }) => target)
        .sort(),
    ).toEqual(['broken.test', 'forbidden.test', 'localhost', 'permitted.test'].sort());
  });

  it('asks again about a verdict on which no certificate may be issued any more', async () => {
    const { url, asked } = await first();
    const old = lines().find(({ target }) => target === 'permitted.test');
    appendFileSync(results, `${JSON.stringify({ ...old, usable_until: '2020-01-01T00:00:00Z' })}\n`);
    await batch(url);
    expect(asked.sort()).toEqual(['broken.test', 'permitted.test']);
  });

  it('leaves alone a file of another check, of another service, or of something else', async () => {
    const { url } = await first();
    const before = readFileSync(results, 'utf8');
    const other = await openCounting();
    for (const [to, argv] of [
      [url, ['--caa-domains', 'other.example']],
      [other.url, []],
    ] as const) {
      const { status, error } = await batch(to, argv);
      expect([status, error]).toEqual([
        2,
        expect.stringContaining('holds results of another check, or of another'),
      ]);
    }
    appendFileSync(results, 'my notes\n');
    const { status, error } = await batch(url);
    expect([status, error]).toEqual([
      2,
      expect.stringMatching(/line 5 of ".*" is not a result; --results names/),
    ]);
    expect(readFileSync(results, 'utf8')).toBe(`${before}my notes\n`);
    expect(other.asked).toEqual([]);
  });
});

describe('mpic batch, ended early', () => {
  it('stops when the service does not take the key, and asks no further name', async () => {
    writeFileSync(names, Array.from({ length: 50 }, (_, index) => `n${index}.test`).join('\n'));
    const { url, asked } = await openCounting();
    const { status, out, error } = await batch(url, ['--concurrency', '2'], {
      environment: { MPIC_KEY: 'another-key-of-16' },
    });
    expect([status, out]).toEqual([2, '']);
    expect(error).toMatch(
      /mpic batch: status 403, api-key-invalid: .*the same command goes on where this one has ended\n$/,
    );
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it('stops when the service does not answer name after name', async () => {
    writeFileSync(names, Array.from({ length: 50 }, (_, index) => `n${index}.test`).join('\n'));
    const { status, error } = await batch('http://127.0.0.1:9', ['--wait', '1', '--concurrency', '5']);
    expect([status, error]).toEqual([2, expect.stringMatching(/mpic batch: the service gave no answer/)]);
    expect(lines().length).toBeLessThan(15);
  });

  it('keeps what is done when it is interrupted, and goes on from there', async () => {
    writeFileSync(names, 'permitted.test\nwww.permitted.test\n');
    const api = await startService();
    const interrupt = new AbortController();
    let posts = 0;
    const { url } = await open((request) => {
      posts += request.method === 'POST' ? 1 : 0;
      if (posts < 2 || interrupt.signal.aborted) return api(request);
      interrupt.abort();
      return new Promise(() => {});
    });
    const { status, error } = await batch(url, ['--concurrency', '1'], { signal: interrupt.signal });
    expect([status, error]).toEqual([
      2,
      expect.stringMatching(/mpic batch: interrupted; the same command goes on/),
    ]);
    expect(outcomes()).toEqual({ 'permitted.test': 'valid' });
    expect((await batch(url)).status).toBe(0);
    expect(posts).toBe(3);
  });
});

describe('mpic batch: wrong usage and files', () => {
  it.each([
    {
      name: 'a parameter of another method',
      text: 'a.test',
      argv: ['--token', 'x'],
      status: 64,
      says: '--token is not for',
    },
    {
      name: 'too many at a time',
      text: 'a.test',
      argv: ['--concurrency', '65'],
      status: 64,
      says: 'from 1 to 64',
    },
    {
      name: 'two names on a line',
      text: 'a.test b.test',
      argv: [],
      status: 2,
      says: 'line 1 holds more than one name',
    },
    { name: 'no name', text: '# nothing\n', argv: [], status: 2, says: 'holds no name' },
    {
      name: 'a line without end',
      text: 'a'.repeat(5000),
      argv: [],
      status: 2,
      says: 'line 1 is longer than 4096 bytes',
    },
    {
      name: 'bytes that are not text',
      text: Buffer.from([0xff, 0x0a]),
      argv: [],
      status: 2,
      says: 'line 1 is not UTF-8',
    },
    {
      name: 'results in a folder that is not there',
      text: 'a.test',
      argv: ['--results', '/nowhere/x'],
      status: 2,
      says: '"/nowhere/x" cannot be opened (ENOENT)',
    },
  ])('ends with $status for $name', async ({ text, argv, status, says }) => {
    writeFileSync(names, text);
    const run = await batch('http://127.0.0.1:9', argv);
    expect([run.status, run.out, run.error]).toEqual([status, '', expect.stringContaining(says)]);
  });

  it('ends with 2 when the file is not there', async () => {
    const { status, error } = await batch('http://127.0.0.1:9');
    expect([status, error]).toEqual([2, expect.stringContaining('cannot be read (ENOENT)')]);
  });

  it('needs a name for the results of names from standard input', async () => {
    const { status, error } = await runCommand(['batch', '-'], { stdin: 'a.test\n' });
    expect([status, error]).toEqual([
      64,
      expect.stringContaining('names from standard input need --results'),
    ]);
  });
});

it('mpic batch shows nothing in plain lines that commands the terminal', async () => {
  writeFileSync(names, `${HOSTILE.replaceAll(/[\r\n ]/g, '')}\n`);
  const { url } = await open(() =>
    Response.json(
      {
        validation_issues: [{ issue_type: 'x', message: HOSTILE }],
        error: 'request-validation-failed',
        request_id: 'r',
      },
      { status: 400 },
    ),
  );
  const { error } = await batch(url);
  expect(error).toContain('owned');
  expect(error).not.toMatch(COMMANDS_A_TERMINAL);
});

describe('mpic batch on a terminal', () => {
  it('shows a bar that is written over, and nothing that commands the terminal', async () => {
    writeFileSync(names, `permitted.test\nforbidden.test\n${HOSTILE.replaceAll(/[\r\n ]/g, '')}\n`);
    const { url } = await openCounting();
    const { error, out } = await batch(url, [], { isTerminal: true });
    expect(error).toContain(`\r\u001b[K[${'#'.repeat(30)}] 3/3 1 valid, 2 not, 0 unknown, 0 s left`);
    expect(error.replaceAll('\r\u001b[K', '')).not.toMatch(COMMANDS_A_TERMINAL);
    expect(out).toContain('3 names: ');
  });
});
