import { describe, expect, it } from 'vitest';
import type { PerspectivesBody } from '../../../shared/contract/api/response-schema.ts';
import { BUILT_IN_PERSPECTIVES } from '../../../shared/contract/settings/perspective-file.ts';
import { COMMANDS_A_TERMINAL, HOSTILE, KEY, useAskedService } from './ask-lab.ts';
import { type Run, runCommand } from './run-command.ts';
import type { Answering } from './verify-gateway.ts';

const { open, openChanged } = useAskedService();

/** A day with a minimum of four perspectives, and of five from 2026-12-15 on. */
const TODAY = '2026-11-30';

function list(url: string, more: readonly string[] = [], day = TODAY): Promise<Run> {
  const clock = { now: () => Date.parse(day), monotonic: () => 0, schedule: () => () => {} };
  return runCommand(['perspectives', '--url', url, ...more], { environment: { MPIC_KEY: KEY }, clock });
}

type Place = Pick<
  PerspectivesBody['perspectives'][number],
  'code' | 'name' | 'rir' | 'latitude' | 'longitude'
>;

const PLACES: readonly Place[] = BUILT_IN_PERSPECTIVES.perspectives;
const [FIRST, SECOND] = PLACES as readonly [Place, Place];

function bodyOf(places: readonly Place[], changes: Partial<PerspectivesBody> = {}): PerspectivesBody {
  return {
    shared_host: false,
    primary: { status: 'site', name: 'Head office' },
    perspectives: places.map(({ code, name, rir, latitude, longitude }) => ({
      ...{ code, name, rir, latitude, longitude },
      role: 'remote',
      resolver: null,
      nearest_neighbour: null,
      health: { status: 'degraded', last_result_at: null, asked: 5, answered: 4, completed: 4 },
    })),
    rule_changes_ahead: [],
    advisories: [],
    ...changes,
  };
}

describe('mpic perspectives', () => {
  it('lists who looks from where, how far apart, and that the rules of today and of the next date are met', async () => {
    const { url } = await openChanged();
    const { status, out, error } = await list(url);
    expect([status, error]).toEqual([0, '']);
    expect(out).toMatch(
      /│ us-east-1 +│ US East \(N\. Virginia\) +│ ARIN +│ remote │ +- │ us-west-2, 3458 km +│ unknown/,
    );
    expect(out).toContain('today, 2026-11-30: met, at least 4 remote perspectives in 2 RIR regions\n');
    expect(out).toContain('from 2026-12-15 on: met, at least 5 remote perspectives in 2 RIR regions\n');
    expect(out).toContain('primary: not declared');
    expect(out).toContain('all perspectives share one host: a lab, not corroboration\n');
    // Each pair once.
    expect(out.match(/\b3458\b/g)).toHaveLength(3);
  });

  it('is with --json the body of the API, byte for byte, and nothing else', async () => {
    const { url, bodies } = await openChanged();
    expect(await list(url, ['--json'])).toEqual({ status: 0, out: `${bodies.at(-1)}\n`, error: '' });
  });

  it.each([
    { name: 'shows 200 perspectives', count: 200, isShown: true },
    { name: 'rejects 201 perspectives, which no service has', count: 201, isShown: false },
  ])('$name', async ({ count, isShown }) => {
    const places = Array.from({ length: count }, (_, index) => ({ ...FIRST, code: `p-${index}` }));
    const { url } = await open(() => Response.json(bodyOf(places)));
    const { status, out, error } = await list(url);
    expect(out !== '').toBe(isShown);
    if (isShown) return;
    expect([status, error]).toEqual([2, expect.stringContaining('more than 200 perspectives')]);
  });

  it('shows the distance of each to the designated primary perspective, which does not count', async () => {
    const primary = { status: 'perspective', perspective_code: 'us-east-1' } as const;
    const { url } = await open(() => Response.json(bodyOf(PLACES, { primary })));
    const { status, out } = await list(url);
    expect([status, out]).toEqual([
      0,
      expect.stringMatching(/│ us-west-2 +│ [^│]+│ ARIN +│ remote │ +3458 │/),
    ]);
    expect(out).toContain('primary: us-east-1\n');
  });

  it('has no next date when no later rule is about sets of perspectives', async () => {
    const { url } = await open(() => Response.json(bodyOf(PLACES)));
    const { status, out } = await list(url, [], '2030-01-01');
    expect([status, out.match(/: met,/g)]).toEqual([0, [': met,']]);
  });

  it.each<{ name: string; body: PerspectivesBody; says: readonly string[] }>([
    {
      name: 'there are enough today, and too few from the next date on',
      body: bodyOf(PLACES.slice(0, 4)),
      says: [
        'today, 2026-11-30: met, at least 4',
        'from 2026-12-15 on: not met, at least 5 remote perspectives in 2 RIR regions\n  The default perspective count is 5, and only 4 remote perspectives',
      ],
    },
    {
      name: 'there are too few today',
      body: bodyOf(PLACES.slice(0, 3)),
      says: ['today, 2026-11-30: not met', 'from 2026-12-15 on: not met'],
    },
    { name: 'there are none', body: bodyOf([]), says: ['today, 2026-11-30: not met'] },
    {
      name: 'two are too close to each other',
      body: bodyOf([...PLACES, { ...FIRST, code: 'next-door', latitude: FIRST.latitude + 1 }]),
      says: ['The distance between perspective \\"us-east-1\\" and perspective \\"next-door\\" is 111.1 km'],
    },
    {
      name: 'all are in one RIR region',
      body: bodyOf(PLACES.map((place) => ({ ...place, rir: SECOND.rir }))),
      says: ['All remote perspectives are in the service region of'],
    },
    {
      name: 'the service itself sees what will keep it from serving',
      body: bodyOf(PLACES, {
        rule_changes_ahead: [
          {
            from: '2026-12-15',
            section: 'TLS BR 3.2.2.9',
            text: 'at least 5',
            problems: ['The count is 4.'],
          },
        ],
      }),
      says: [
        'ahead, from 2026-12-15: at least 5 (TLS BR 3.2.2.9); the service then rejects requests\n  The count is 4.\n',
      ],
    },
    {
      name: 'the primary one is not among them',
      body: bodyOf(PLACES, { primary: { status: 'perspective', perspective_code: 'elsewhere' } }),
      says: ['is not among the configured perspectives'],
    },
  ])('ends with 1 when $name, and says so', async ({ body, says }) => {
    const { url } = await open(() => Response.json(body));
    const { status, out } = await list(url);
    expect(status).toBe(1);
    for (const text of says) expect(out).toContain(text);
  });

  it('shows hostile names escaped', async () => {
    const name = `${HOSTILE}x`;
    const places = PLACES.map((place) => ({ ...place, code: `${place.code}${name}`, name }));
    const changes = [{ from: '2026-12-15', section: name, text: name, problems: [name] }];
    const body = bodyOf(places, { primary: { status: 'site', name }, rule_changes_ahead: changes });
    const { url } = await open(() => Response.json(body));
    for (const more of [[], ['--json']]) {
      const run = await list(url, more);
      expect(run.out).toContain('owned');
      expect(`${run.out}${run.error}`).not.toMatch(COMMANDS_A_TERMINAL);
    }
  });

  it.each<{ name: string; answering: Answering; says: string }>([
    { name: 'there is no such path', answering: () => new Response('', { status: 404 }), says: 'status 404' },
    {
      name: 'the answer is another',
      answering: () => Response.json({ perspectives: 6 }),
      says: 'JSON of another form',
    },
    { name: 'the answer repeats the key', answering: () => new Response(KEY), says: 'repeats the API key' },
  ])('ends with 2 and one line when $name', async ({ answering, says }) => {
    const { url } = await open(answering);
    const { status, out, error } = await list(url);
    expect([status, out, error]).toEqual([2, '', expect.stringContaining(says)]);
    expect(error).toMatch(/^mpic perspectives: [^\n]*\n$/);
  });

  it.each([
    { name: 'an argument', argv: ['us-east-1'], says: 'too many arguments' },
    {
      name: 'a URL that is none',
      argv: ['--url', 'mpic.example'],
      says: '--url is not an http or https URL',
    },
  ])('$name is wrong usage', async ({ argv, says }) => {
    const { status, out, error } = await runCommand(['perspectives', ...argv]);
    expect([status, out, error]).toEqual([64, '', expect.stringContaining(says)]);
  });
});
