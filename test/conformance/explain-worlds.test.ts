import { networkInterfaces } from 'node:os';
import pMap from 'p-map';
import { beforeAll, describe, expect, it } from 'vitest';
import { CAUSES, type Cause, type ExplainedCause } from '../../shared/domain/explain/rules/explanation.ts';
import { runWorld } from '../lab/explain/run-world.ts';
import type { ExplainWorld } from '../lab/explain/world.ts';
import { CA_WORLDS, COMPARED_WORLDS } from '../lab/explain/worlds-compared.ts';
import { CAA_WORLDS, DNS_WORLDS } from '../lab/explain/worlds-dns.ts';
import { IPV6_WORLDS, TLS_WORLDS, WEB_WORLDS } from '../lab/explain/worlds-web.ts';

const HAS_IPV6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
if (!HAS_IPV6) process.stderr.write('explain-worlds: worlds over IPv6 are skipped, ::1 is missing\n');

const WORLDS: readonly ExplainWorld[] = [
  ...COMPARED_WORLDS,
  ...CA_WORLDS,
  ...DNS_WORLDS,
  ...CAA_WORLDS,
  ...WEB_WORLDS,
  ...TLS_WORLDS,
  ...(HAS_IPV6 ? IPV6_WORLDS : []),
];
/** Worlds wait for sockets more than they compute. */
const CONCURRENCY = 12;
const LEAST_WORLDS = 60;
const LEAST_PER_CAUSE = 3;
const LEAST_RIGHT = 0.95;

interface Outcome {
  readonly world: ExplainWorld;
  readonly causes: readonly ExplainedCause[];
}

/** Labels, and beside each the first causes that its worlds got, with their numbers. */
function confusion(outcomes: readonly Outcome[]): string {
  const rows = CAUSES.flatMap((label) => {
    const own = outcomes.filter(({ world }) => world.cause === label);
    if (own.length === 0) return [];
    const got = new Map<string, number>();
    for (const { causes } of own) {
      const first = causes[0]?.cause ?? 'nothing';
      got.set(first, (got.get(first) ?? 0) + 1);
    }
    return [`${label.padEnd(28)} ${[...got].map(([cause, count]) => `${cause} ${count}`).join(', ')}`];
  });
  return rows.join('\n');
}

describe('the explanation of worlds whose cause is known', () => {
  let outcomes: readonly Outcome[] = [];
  const isRight = ({ world, causes }: Outcome) => causes[0]?.cause === world.cause;

  beforeAll(async () => {
    outcomes = await pMap(WORLDS, async (world) => ({ world, causes: await runWorld(world) }), {
      concurrency: CONCURRENCY,
    });
    if (process.env.EXPLAIN_MATRIX !== undefined) process.stdout.write(`${confusion(outcomes)}\n`);
  }, 120_000);

  it('has enough worlds, of every cause that an observation can have', () => {
    const withoutWorlds: readonly Cause[] = ['unexplained', ...(HAS_IPV6 ? [] : (['ipv6-broken'] as const))];
    const scarce = CAUSES.filter(
      (cause) =>
        !withoutWorlds.includes(cause) &&
        WORLDS.filter((world) => world.cause === cause).length < LEAST_PER_CAUSE,
    );
    expect(scarce).toEqual([]);
    expect(WORLDS.length).toBeGreaterThanOrEqual(LEAST_WORLDS);
  });

  it('names the right cause first in at least 95 % of the worlds', () => {
    const wrong = outcomes.filter((outcome) => !isRight(outcome));
    const told = wrong.map(
      ({ world, causes }) => `${world.cause}, ${world.name}: ${causes.map(({ cause }) => cause).join(' > ')}`,
    );
    expect(outcomes.length).toBe(WORLDS.length);
    expect((outcomes.length - wrong.length) / outcomes.length, told.join('\n')).toBeGreaterThanOrEqual(
      LEAST_RIGHT,
    );
  });

  it('gives each cause evidence, and something to do', () => {
    for (const { world, causes } of outcomes) {
      for (const { cause, text, applicant, ca, evidence } of causes) {
        expect(`${text}${applicant}${ca}`, `${world.name}: ${cause}`).not.toMatch(/[{}]|\(unknown\)/);
        expect(evidence.length, world.name).toBeGreaterThan(0);
        expect(applicant ?? ca, world.name).not.toBeNull();
      }
    }
  });

  it.each([
    { name: 'all see an expired signature', text: 'a signature has expired, at the name server 192.0.2.53' },
    { name: 'a parent permits another CA', text: 'CAA at "shop.test" does not permit this CA ("ca.test")' },
    {
      name: 'the record is below www',
      text: 'it is at "_acme-challenge.www.shop.test" and must be at "_acme-challenge.shop.test"',
    },
    { name: 'to another port', text: 'redirects to "http://shop.test:8080/x"' },
  ])('says where: $name', ({ name, text }) => {
    const found = outcomes.find(({ world }) => world.name === name);
    expect(found?.causes[0]?.text).toContain(text);
  });

  it('names the perspectives that are affected', () => {
    const hijack = outcomes.find(({ world }) => world.name === 'two see a forged value, and the owner asks');
    expect(hijack?.causes[0]).toMatchObject({ extent: 'minority', perspectives: ['us-east-1', 'sa-east-1'] });
  });
});
