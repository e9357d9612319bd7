import { describe, expect, it } from 'vitest';
import { COMMANDS_A_TERMINAL, HOSTILE, ID, KEY, neverDecides, RUNNING, useAskedService } from './ask-lab.ts';
import { type Run, runCommand, type World } from './run-command.ts';
import type { Answering } from './verify-gateway.ts';

const { open, openChanged } = useAskedService();

const get = (url: string, argv: readonly string[], world: World = {}): Promise<Run> =>
  runCommand(['get', '--url', url, ...argv], { environment: { MPIC_KEY: KEY }, ...world });

/** The id of a request of this name, accepted by the service. */
async function accept(url: string, target: string): Promise<string> {
  const argv = ['check', target, '--url', url, '--async'];
  const { out } = await runCommand(argv, { environment: { MPIC_KEY: KEY } });
  return out.trim();
}

describe('mpic get: wrong usage', () => {
  it.each([
    {
      name: 'an id is needed',
      argv: ['--url', 'http://127.0.0.1:9'],
      says: "missing required argument 'id'",
    },
    {
      name: 'a service is needed',
      argv: [ID],
      says: '--url is missing: <base>, base URL of the service that accepted it',
    },
    {
      name: 'an id that is none is not sent',
      argv: ['../healthz', '--url', 'http://127.0.0.1:9'],
      says: '<id> is not the mpic_id of a request',
    },
    {
      name: 'a second id is one too many',
      argv: [ID, ID, '--url', 'http://127.0.0.1:9'],
      says: 'too many arguments',
    },
    {
      name: 'a wait is a number',
      argv: [ID, '--url', 'http://127.0.0.1:9', '--wait', 'long'],
      says: '--wait "long" is not a number',
    },
  ])('$name', async ({ argv, says }) => {
    const { status, out, error } = await runCommand(['get', ...argv]);
    expect([status, out]).toEqual([64, '']);
    expect(error).toContain(says);
    expect(error).toMatch(/^mpic get: [^\n]*; mpic get --help explains\n$/);
  });
});

describe('mpic get', () => {
  it.each([
    { target: 'permitted.test', status: 0, says: 'valid: 6 of 6' },
    { target: 'forbidden.test', status: 1, says: 'not valid: 0 of 6' },
    { target: 'broken.test', status: 2, says: 'undecided: 0 of 6' },
  ])('shows the verdict of $target and ends with $status', async ({ target, status, says }) => {
    const { url } = await openChanged();
    const run = await get(url, [await accept(url, target), '--wait', '20']);
    expect(run).toMatchObject({ status, out: expect.stringContaining(says) });
  });

  it('is with --json the body of the API, byte for byte, and nothing else', async () => {
    const { url, bodies } = await openChanged();
    const run = await get(url, [await accept(url, 'permitted.test'), '--wait', '20', '--json']);
    expect(run).toEqual({ status: 0, out: `${bodies.at(-1)}\n`, error: '' });
  });

  it.each([
    { name: 'at once', more: [] },
    { name: 'when the time to wait is over', more: ['--wait', '1'] },
  ])('says $name how far a request is that runs, and ends with 2', async ({ more }) => {
    const { url } = await open(neverDecides);
    const run = await get(url, [ID, ...more]);
    expect([run.status, run.out]).toEqual([
      2,
      'permitted.test is running: 1 of 6 perspectives have answered in attempt 1; it ends by 2026-11-22T02:32:53.767Z\n',
    ]);
    expect(`${run.out}${run.error}`).not.toMatch(COMMANDS_A_TERMINAL);
  });

  it('shows a hostile name of a request escaped', async () => {
    const { url } = await open(() => Response.json({ ...RUNNING, checked_identifier: HOSTILE }));
    for (const more of [[], ['--json']]) {
      const run = await get(url, [ID, ...more]);
      expect(run.status).toBe(2);
      expect(run.out).toContain('owned');
      expect(run.out).not.toMatch(COMMANDS_A_TERMINAL);
    }
  });

  it.each<{ name: string; answering: Answering; says: RegExp }>([
    {
      name: 'nobody knows the id',
      answering: () =>
        Response.json({ error: 'not-found', message: 'No such request.', request_id: ID }, { status: 404 }),
      says: /status 404, not-found: No such request\./,
    },
    {
      name: 'the answer is about another request',
      answering: () => Response.json({ ...RUNNING, mpic_id: '11111111-48b2-5dd8-8eab-c062feb7b587' }),
      says: /the job of another request/,
    },
    {
      name: 'a verdict is promised that is not there',
      answering: () => Response.json({ ...RUNNING, status: 'completed', progress: 'all' }),
      says: /JSON of another form, at progress/,
    },
    { name: 'who answers repeats the key', answering: () => new Response(KEY), says: /repeats the API key/ },
  ])('ends with 2 and one line when $name', async ({ answering, says }) => {
    const { url } = await open(answering);
    const run = await get(url, [ID]);
    expect([run.status, run.out]).toEqual([2, '']);
    expect(run.error).toMatch(says);
    expect(run.error).toMatch(/^mpic get: [^\n]*\n$/);
    expect(run.error).not.toContain(KEY);
  });

  it('ends with 2 when it is interrupted while it waits', async () => {
    const { url } = await open(neverDecides);
    const run = await get(url, [ID, '--wait', '20', '--json'], { signal: AbortSignal.timeout(300) });
    expect(run).toEqual({ status: 2, out: '', error: 'mpic get: interrupted\n' });
  });

  it('ends with 2 when no service answers', async () => {
    const run = await get('http://127.0.0.1:9', [ID]);
    expect(run).toMatchObject({
      status: 2,
      out: '',
      error: expect.stringContaining('the service gave no answer: '),
    });
  });
});
