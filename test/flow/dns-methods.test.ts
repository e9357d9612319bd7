import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountLabel } from '../../shared/domain/dcv/account-label.ts';
import { parseZoneText } from '../lab/dns/zone.ts';
import { openRealTimeBench } from '../support/bench.ts';
import { SIX } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { startWorld, type World } from '../support/web-world.ts';

const KEY_AUTHORIZATION =
  'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI';
const OTHER_HASH = createHash('sha256').update('another key').digest('base64url');
const HASH = createHash('sha256').update(KEY_AUTHORIZATION).digest('base64url');
const ACCOUNT = 'https://ca.example/acct/7';
const VALUE = 'rv-7f3c90e1b2d4a6f8091b';
const PERSISTENT = `ca.example; accounturi=${ACCOUNT}`;

const ZONE = parseZoneText(`
_acme-challenge.shop.test                  TXT   "${HASH.slice(0, 20)}" "${HASH.slice(20)}"
_${accountLabel(ACCOUNT)}._acme-challenge.shop.test TXT "${HASH}"
_dcv.shop.test                             TXT   "before ${VALUE} after"
_dcv-cname.shop.test                       CNAME ${VALUE}.dcv.ca.test
_dcv-caa.shop.test                         CAA   0 dcv "${VALUE}"
_validation-persist.shop.test              TXT   "${PERSISTENT.slice(0, 25)}" "${PERSISTENT.slice(25)}"
_ip-validation-persist.1.0.0.11.in-addr.arpa TXT "${PERSISTENT}"
_validation-contactemail.shop.test         TXT   "hostmaster@shop.test"
_validation-contactphone.shop.test         TXT   "+1-555-0100"
shop.test                                  CAA   0 contactemail "hostmaster@shop.test"
shop.test                                  CAA   0 contactphone "+1-555-0100"
1.0.0.11.in-addr.arpa                      PTR   web.shop.test

_acme-challenge.alias.test                 CNAME _acme-challenge.shop.test
parent.test                                CNAME shop.test
`);

interface Row {
  readonly target?: string;
  readonly parameters: Record<string, unknown>;
  /** Members that change the expected value to one that the zone does not contain. */
  readonly wrong: Record<string, unknown>;
}

const contact = (method: string, value: string, other: string): Row => ({
  parameters: { validation_method: method, challenge_value: value },
  wrong: { challenge_value: other },
});
const change = (type: string, prefix: string): Row => ({
  parameters: {
    validation_method: 'dns-change',
    dns_record_type: type,
    dns_name_prefix: prefix,
    challenge_value: VALUE,
  },
  wrong: { challenge_value: 'rv-0000000000000000000000' },
});
const persistent: Row = {
  parameters: {
    validation_method: 'dns-persistent',
    issuer_domain_names: ['ca.example'],
    expected_account_uri: ACCOUNT,
  },
  wrong: { expected_account_uri: 'https://ca.example/acct/8' },
};

const ROWS: Readonly<Record<string, Row>> = {
  'acme-dns-01, its record in two strings': {
    parameters: { validation_method: 'acme-dns-01', key_authorization_hash: HASH },
    wrong: { key_authorization_hash: OTHER_HASH },
  },
  'dns-account-01': {
    parameters: { validation_method: 'dns-account-01', key_authorization_hash: HASH, account_uri: ACCOUNT },
    wrong: { account_uri: 'https://ca.example/acct/8' },
  },
  'dns-change, TXT': change('TXT', '_dcv'),
  'dns-change, CNAME': change('CNAME', '_dcv-cname'),
  'dns-change, CAA': change('CAA', '_dcv-caa'),
  'dns-persistent, two strings split inside the URI': persistent,
  'dns-persistent of an address': { ...persistent, target: '11.0.0.1' },
  'contact-email-txt': contact('contact-email-txt', 'hostmaster@shop.test', 'attacker@shop.test'),
  'contact-email-caa': contact('contact-email-caa', 'hostmaster@shop.test', 'attacker@shop.test'),
  'contact-phone-txt': contact('contact-phone-txt', '+1-555-0100', '+1-555-0199'),
  'contact-phone-caa': contact('contact-phone-caa', '+1-555-0100', '+1-555-0199'),
  'reverse-address-lookup': {
    target: '11.0.0.1',
    parameters: { validation_method: 'reverse-address-lookup', challenge_value: 'web.shop.test' },
    wrong: { challenge_value: 'other.shop.test' },
  },
};

describe('Every DNS method, with separate name servers for each perspective', () => {
  const bed = useHarness(openRealTimeBench);
  let world: World;

  beforeAll(async () => {
    world = await startWorld(Object.fromEntries(SIX.map((code) => [code, { dns: { records: ZONE } }])));
  });
  afterAll(() => world.close());

  async function check(target: string, parameters: Record<string, unknown>) {
    const harness = await bed.start({ networkViews: world.views });
    const { mpic, body } = await harness.post({
      check_type: 'dcv',
      domain_or_ip_target: target,
      dcv_check_parameters: parameters,
    });
    expect(body).toHaveProperty('is_valid');
    return mpic;
  }

  it.each(Object.entries(ROWS))(
    '%s passes at six of six, and with another value at none',
    async (_name, row) => {
      const { target = 'shop.test', parameters, wrong } = row;
      const right = await check(target, parameters);
      expect(right).toMatchObject({
        is_valid: true,
        baseline_requirements: { quorum: '6/6', reasons: ['lab-network', 'shared-host'] },
      });
      const other = await check(target, { ...parameters, ...wrong });
      expect(other).toMatchObject({ is_valid: false, baseline_requirements: { quorum: '0/6' } });
    },
  );

  const dns01 = { validation_method: 'acme-dns-01', key_authorization_hash: HASH };

  it('follows an alias at the queried name, as usual in the DNS', async () => {
    const { is_valid, perspectives } = await check('alias.test', dns01);
    expect(is_valid).toBe(true);
    expect(perspectives[0]?.check_response.details).toMatchObject({
      found_at: '_acme-challenge.alias.test',
      cname_chain: ['_acme-challenge.shop.test.'],
    });
  });

  it.each([
    { name: 'a child of a validated name, because labels are not pruned', target: 'www.shop.test' },
    { name: 'a name whose parent is an alias of a validated one', target: 'www.parent.test' },
    { name: 'a name that is itself an alias of a validated one', target: 'parent.test' },
  ])(
    'decides by the name it was given alone, and looks further only to explain: $name',
    async ({ target }) => {
      const before = asked().length;
      const { is_valid, perspectives } = await check(target, dns01);
      expect(is_valid).toBe(false);
      const given = `_acme-challenge.${target}`;
      expect(asked().slice(before, before + SIX.length)).toEqual(SIX.map(() => given));
      const { details } = perspectives[0]?.check_response ?? {};
      expect(details).toMatchObject({ records_seen: null, found_at: null });
      const nearby = details !== undefined && 'nearby_names' in details ? (details.nearby_names ?? []) : [];
      const others = new Set(
        asked()
          .slice(before)
          .filter((name) => name !== given),
      );
      expect([...others].sort()).toEqual(nearby.map(({ name }) => name).sort());
    },
  );

  async function contactsOf(target: string, method: string) {
    const harness = await bed.start({ networkViews: world.views });
    const { mpic } = await harness.post(
      { domain_or_ip_target: target, contacts_check_parameters: { validation_method: method } },
      { query: '/contacts' },
    );
    return mpic.contacts;
  }

  it.each([
    { method: 'contact-email-txt', target: 'shop.test', contacts: ['hostmaster@shop.test'] },
    { method: 'contact-phone-txt', target: '*.shop.test', contacts: ['+1-555-0100'] },
    { method: 'contact-email-caa', target: 'a.b.shop.test', contacts: ['hostmaster@shop.test'] },
    { method: 'contact-phone-caa', target: 'parent.test', contacts: ['+1-555-0100'] },
    { method: 'contact-email-txt', target: 'a.shop.test', contacts: [] },
  ])('retrieves for $method the contacts $contacts of $target', async ({ method, target, contacts }) => {
    const report = await contactsOf(target, method);
    const found = report?.corroborated.map(({ contact, quorum }) => ({ contact, quorum }));
    expect(found).toEqual(contacts.map((contact) => ({ contact, quorum: '6/6' })));
  });

  it('gives out no contact that a name server under attack invents by the hundred', async () => {
    const victim = world.dns.get(SIX[0] ?? '');
    const invented = Array.from(
      { length: 1000 },
      (_, at) => `_validation-contactemail.shop.test TXT "a${at}@evil.test"`,
    );
    victim?.setView({ records: parseZoneText(invented.join('\n')) });
    try {
      const report = await contactsOf('shop.test', 'contact-email-txt');
      expect(report).toMatchObject({
        corroborated: [{ contact: 'hostmaster@shop.test', quorum: '5/6' }],
        truncated: true,
      });
      // As many as one perspective may report.
      expect(report?.not_corroborated).toHaveLength(32);
      expect(report?.not_corroborated[0]).toEqual({ contact: 'a0@evil.test', perspectives: [SIX[0]] });
    } finally {
      victim?.setView({ records: ZONE });
    }
  });

  /** Names that the name servers were queried for, interleaved by perspective. */
  function asked(): readonly string[] {
    const logs = [...world.dns.values()].map((server) => server.queries().map(({ name }) => name));
    const longest = Math.max(...logs.map((log) => log.length));
    return Array.from({ length: longest }, (_, turn) => logs.flatMap((log) => log[turn] ?? [])).flat();
  }
});
