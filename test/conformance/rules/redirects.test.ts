import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDcv } from '../../../services/perspective/check-dcv.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import type { HttpDcvParameters, Policy, Target } from '../../../shared/domain/check/check.ts';
import type { CheckOutcome } from '../../../shared/domain/check/check-result.ts';
import { METHOD_RULES } from '../../../shared/domain/dcv/methods.ts';
import { RULEBOOK } from '../../../shared/domain/rules/rulebook.ts';
import { parseZoneText } from '../../lab/dns/zone.ts';
import { makeLabCertificate } from '../../lab/web/lab-certificate.ts';
import type { WebAnswer, WebSite } from '../../lab/web/web-script.ts';
import { startWorld, type World } from '../../support/web-world.ts';

const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
const KEY_AUTHORIZATION = `${TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI`;
const VALUE = 'rv-7f3c90e1b2d4a6f8091b';

const WEBSITE: HttpDcvParameters = {
  method: 'website-change',
  challengeValue: VALUE,
  httpTokenPath: 'proof.txt',
  urlScheme: 'http',
  httpHeaders: null,
  matchRegex: null,
  requireExactCase: true,
};
const ACME: HttpDcvParameters = {
  method: 'acme-http-01',
  token: TOKEN,
  keyAuthorization: KEY_AUTHORIZATION,
  httpHeaders: null,
};

const NAME: Target = { kind: 'domain', name: 'shop.test', wildcard: false };
const ADDRESS: Target = { kind: 'ip', address: '127.0.0.1', family: 4 };
const REDIRECT_ERROR = 'mpic_error:redirect:invalid';
const PROOFS: readonly WebSite[] = [
  { host: 'other.test', path: '/rv', answer: { body: VALUE } },
  { host: 'other.test', path: '/ka', answer: { body: KEY_AUTHORIZATION } },
  { host: 'other.test', path: '/gone', answer: { status: 404, body: KEY_AUTHORIZATION } },
];

type Verdict = 'corroborates' | 'passes' | 'fails';

function verdictOf({ completed, passed, corroborates }: CheckOutcome): Verdict | 'not completed' {
  if (!completed) return 'not completed';
  if (corroborates) return 'corroborates';
  return passed ? 'passes' : 'fails';
}

interface Row {
  readonly name: string;
  readonly parameters: HttpDcvParameters;
  readonly target?: Target;
  readonly answer: WebAnswer;
  readonly expected: Verdict;
  /** Under `open-mpic`, if different. */
  readonly openMpic?: Verdict;
  readonly error?: string;
}

/** Real servers of one perspective: the first response is the row's, and the proof is at every redirect target. */
describe('redirects of the HTTP methods', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({
      here: {
        dns: { records: parseZoneText('shop.test A 127.0.0.1\nother.test A 127.0.0.1') },
        http: { sites: PROOFS },
        https: {
          sites: PROOFS,
          tls: { default: makeLabCertificate({ names: [{ type: 'dns', value: 'other.test' }] }) },
        },
      },
    });
  });
  afterAll(() => world.close());

  const serverOf = (scheme: 'http' | 'https') => {
    const server = world.servers.get(`${scheme} here`);
    if (server === undefined) throw new Error(`no ${scheme} server`);
    return server;
  };
  const countRequests = () => serverOf('http').requests().length + serverOf('https').requests().length;

  async function run({ parameters, target = NAME, answer }: Row, policy: Policy) {
    const view = world.views.get('here');
    if (view === undefined) throw new Error('no view');
    serverOf('http').setSites([
      { host: target.kind === 'ip' ? target.address : 'shop.test', path: '*', answer },
      ...PROOFS,
    ]);
    const before = countRequests();
    const outcome = await checkDcv({
      target,
      parameters,
      policy,
      view,
      deadline: systemClock.monotonic() + 10_000,
      monotonic: () => systemClock.monotonic(),
      now: Date.UTC(2026, 10, 29, 10),
    });
    return { outcome, requests: countRequests() - before };
  }

  const ROWS: readonly Row[] = [
    {
      name: 'RA-10 website-change passes after a redirect to https on another host',
      parameters: WEBSITE,
      answer: { redirectTo: 'https://other.test/rv' },
      expected: 'corroborates',
    },
    {
      name: 'RA-11 acme-http-01 fails at a 303',
      parameters: ACME,
      answer: { status: 303, redirectTo: 'https://other.test/ka' },
      expected: 'fails',
      error: 'HTTP status 303 must not be followed',
    },
    {
      name: 'RA-12 website-change fails at a redirect to port 8080',
      parameters: WEBSITE,
      answer: { status: 301, redirectTo: 'http://other.test:8080/rv' },
      expected: 'fails',
      error: 'another port than 80 and 443',
    },
    {
      name: 'RA-13 acme-http-01 fails when a 308 leads to a 404, whatever its body',
      parameters: ACME,
      answer: { status: 308, redirectTo: 'https://other.test/gone' },
      expected: 'fails',
      error: 'HTTP status 404',
    },
    {
      name: 'RA-14 website-change of an address follows no redirect',
      parameters: WEBSITE,
      target: ADDRESS,
      answer: { redirectTo: 'https://other.test/rv' },
      expected: 'fails',
      openMpic: 'passes',
      error: 'follows no redirect',
    },
    {
      name: 'RA-14 website-change of an address follows no redirect to the address itself either',
      parameters: WEBSITE,
      target: ADDRESS,
      answer: { status: 301, redirectTo: 'https://127.0.0.1/rv' },
      expected: 'fails',
      error: 'redirect',
    },
    {
      name: 'RA-14 website-change of an address passes with the value at the address',
      parameters: WEBSITE,
      target: ADDRESS,
      answer: { body: VALUE },
      expected: 'corroborates',
    },
    {
      name: 'RA-15 acme-http-01 of an address passes after a redirect to an https name',
      parameters: ACME,
      target: ADDRESS,
      answer: { redirectTo: 'https://other.test/ka' },
      expected: 'corroborates',
    },
  ];

  it.each(ROWS)('$name', async (row) => {
    const { outcome } = await run(row, 'baseline-requirements');
    expect(verdictOf(outcome)).toBe(row.expected);
    if (row.error === undefined) expect(outcome.errors).toEqual([]);
    else expect(outcome.errors[0]?.message).toContain(row.error);
  });

  it.each(ROWS)(
    '$name; under open-mpic it may pass, and corroborates only if it does under the Baseline Requirements',
    async (row) => {
      const { outcome } = await run(row, 'open-mpic');
      expect(verdictOf(outcome)).toBe(row.openMpic ?? row.expected);
    },
  );

  it('RA-14 no request is sent to the redirect target of an address', async () => {
    const row = ROWS.find(({ name, target }) => name.startsWith('RA-14') && target === ADDRESS);
    if (row === undefined) throw new Error('no row');
    const { outcome, requests } = await run(row, 'baseline-requirements');
    expect(requests).toBe(1);
    expect(outcome).toMatchObject({
      errors: [{ type: REDIRECT_ERROR }],
      details: { hops: [{ statusCode: 302, location: 'https://other.test/rv' }] },
    });
  });
});

describe('redirects in the rulebook', () => {
  it('are 301, 302, 307 and 308 to ports 80 and 443', () => {
    expect(RULEBOOK.http).toEqual({ redirectStatuses: [301, 302, 307, 308], ports: [80, 443] });
  });

  it('are followed only by the HTTP methods', () => {
    const following = Object.entries(METHOD_RULES).filter(
      ([, { redirects }]) => redirects.domain || redirects.ip,
    );
    expect(Object.fromEntries(following.map(([method, { redirects }]) => [method, redirects]))).toEqual({
      'website-change': { domain: true, ip: false },
      'acme-http-01': { domain: true, ip: true },
    });
  });
});
