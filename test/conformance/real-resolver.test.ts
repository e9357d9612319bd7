import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCaa } from '../../services/perspective/check-caa.ts';
import { parseServerAddress } from '../../shared/adapters/dns/stub/server-address.ts';
import { createStubResolver } from '../../shared/adapters/dns/stub/stub-resolver.ts';
import type { CaaParameters } from '../../shared/domain/check/check.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';
import { isUnboundInstalled, startUnbound, type Unbound } from '../support/unbound.ts';

const installed = isUnboundInstalled();
if (!installed) {
  process.stderr.write('skipped: the stub resolver against unbound, which is not installed\n');
}

const BIG_SET = Array.from(
  { length: 1000 },
  (_, index) => `local-data: 'big.example.test. 300 CAA 0 issue "ca${index}.example"'`,
);

const PARAMETERS: CaaParameters = {
  certificateType: 'tls-server',
  caaDomains: ['ca.example'],
  allowLookupFailure: false,
  accountUris: null,
  validationMethods: null,
  enforceRfc8657: false,
};

describe.skipIf(!installed)('the stub resolver against unbound', () => {
  let unbound: Unbound;
  let resolver: Resolver;

  beforeAll(async () => {
    unbound = await startUnbound(
      [
        'local-data: "example.test. 300 SOA ns.example.test. host.example.test. 1 2 3 4 60"',
        `local-data: 'example.test. 120 CAA 0 issue "ca.example"'`,
        `local-data: 'denied.example.test. 300 CAA 0 issue "other.example"'`,
        `local-data: 'critical.example.test. 300 CAA 128 tbs "x"'`,
        `local-data: 'txt.example.test. 300 TXT "one " "two"'`,
        'local-data: "txt.example.test. 300 A 192.0.2.7"',
        'local-zone: "refused.example.test." refuse',
        'local-zone: "broken.test." transparent',
        'do-not-query-localhost: no',
        ...BIG_SET,
      ],
      // Nothing listens there, so everything below it gets SERVFAIL.
      ['forward-zone:', '  name: "broken.test."', '  forward-addr: 127.0.0.1@1'],
    );
    resolver = createStubResolver({ mode: unbound.address, servers: [parseServerAddress(unbound.address)] });
  });

  afterAll(() => unbound?.close());

  const deadline = () => performance.now() + 10_000;
  const lookup = (name: string, type: 'CAA' | 'TXT' | 'A') => resolver.lookup(name, type, deadline());
  const check = (name: string, caaDomains = PARAMETERS.caaDomains) =>
    checkCaa({
      target: { kind: 'domain', name, wildcard: false },
      parameters: { ...PARAMETERS, caaDomains },
      policy: 'baseline-requirements',
      resolver,
      deadline: deadline(),
    });

  it.each([
    { name: 'a set that names the CA permits', target: 'example.test', passed: true, reason: 'authorised' },
    {
      name: 'a name that does not exist has the set of its parent',
      target: 'no.such.example.test',
      passed: true,
      reason: 'authorised',
    },
    {
      name: 'a set that names another CA forbids',
      target: 'denied.example.test',
      passed: false,
      reason: 'issuer-not-authorised',
    },
    {
      name: 'an unknown critical property forbids',
      target: 'critical.example.test',
      passed: false,
      reason: 'unknown-critical-property',
    },
    {
      name: 'a name with dead servers is a lookup failure',
      target: 'www.broken.test',
      passed: false,
      reason: 'lookup-failed',
    },
    {
      name: 'a name that the server refuses is a lookup failure',
      target: 'refused.example.test',
      passed: false,
      reason: 'lookup-failed',
    },
  ])('$name', async ({ target, passed, reason }) => {
    expect(await check(target)).toMatchObject({ passed, details: { reason } });
  });

  it('a set of 1000 CAA records is received whole, over TCP', async () => {
    const big = await lookup('big.example.test', 'CAA');
    expect(big).toMatchObject({ status: 'answered', tries: 2 });
    expect(big.status === 'answered' && big.records.length).toBe(1000);
    expect(await check('big.example.test', ['ca999.example'])).toMatchObject({ passed: true });
    expect(await check('big.example.test', ['ca1000.example'])).toMatchObject({ passed: false });
  });

  it('the strings of a TXT record are joined without a separator', async () => {
    const answer = await lookup('txt.example.test', 'TXT');
    expect(answer).toMatchObject({
      status: 'answered',
      records: [{ type: 'TXT', value: 'one two' }],
      ttl: 300,
    });
  });

  it('a name without the queried type has RCODE 0, a name that does not exist RCODE 3', async () => {
    expect(await lookup('txt.example.test', 'CAA')).toMatchObject({
      status: 'answered',
      rcode: 0,
      records: [],
    });
    expect(await lookup('none.example.test', 'A')).toMatchObject({
      status: 'answered',
      rcode: 3,
      records: [],
    });
  });
});
