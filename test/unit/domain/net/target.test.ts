import { describe, expect, it } from 'vitest';
import { type Target, VALIDATION_METHODS } from '../../../../shared/domain/check/check.ts';
import { reverseName } from '../../../../shared/domain/net/ip-address.ts';
import { parseIpNetwork } from '../../../../shared/domain/net/ip-network.ts';
import { SPECIAL_PURPOSE_BLOCKS } from '../../../../shared/domain/net/special-purpose.ts';
import { SPECIAL_USE_NAMES } from '../../../../shared/domain/net/special-use.ts';
import {
  checkedIdentifier,
  cohortKey,
  findSpellingProblem,
  normaliseTarget,
  type TargetRules,
} from '../../../../shared/domain/net/target.ts';
import { TARGET_PROBLEMS, type TargetProblem } from '../../../../shared/domain/net/target-problems.ts';
import { edgesOf, toText } from './address-arithmetic.ts';

const DCV: TargetRules = { allowTestNames: false, checkType: 'dcv', method: 'website-change' };
const CAA: TargetRules = { allowTestNames: false, checkType: 'caa' };
const REVERSE: TargetRules = { allowTestNames: false, checkType: 'dcv', method: 'reverse-address-lookup' };

/** 253 characters. */
const NAME_253 = `${`${'a'.repeat(63)}.`.repeat(3)}${'b'.repeat(61)}`;
const REVERSE_V6 = reverseName('2606:4700::1');

describe('normaliseTarget: valid targets', () => {
  it.each<{ name: string; text: string; rules: TargetRules; target: Target }>([
    {
      name: 'a domain name',
      text: 'Example.COM.',
      rules: CAA,
      target: { kind: 'domain', name: 'example.com', wildcard: false },
    },
    {
      name: 'a wildcard, without its asterisk',
      text: '*.Example.COM.',
      rules: CAA,
      target: { kind: 'domain', name: 'example.com', wildcard: true },
    },
    {
      name: 'a wildcard over U-labels',
      text: '*.Bücher.com',
      rules: DCV,
      target: { kind: 'domain', name: 'xn--bcher-kva.com', wildcard: true },
    },
    {
      name: 'the longest wildcard',
      text: `*.${NAME_253.slice(2)}`,
      rules: DCV,
      target: { kind: 'domain', name: NAME_253.slice(2), wildcard: true },
    },
    {
      name: 'a name whose text ends in a special-use name without a label boundary',
      text: 'notlocal.mylocalhost',
      rules: DCV,
      target: { kind: 'domain', name: 'notlocal.mylocalhost', wildcard: false },
    },
    {
      name: 'a name with a special label inside',
      text: 'test.local.example.com',
      rules: DCV,
      target: { kind: 'domain', name: 'test.local.example.com', wildcard: false },
    },
    {
      name: 'a name whose text ends in a reverse zone without a label boundary',
      text: 'xin-addr.arpa',
      rules: DCV,
      target: { kind: 'domain', name: 'xin-addr.arpa', wildcard: false },
    },
    {
      name: 'a test name if test names are allowed',
      text: '*.www.Test',
      rules: { ...DCV, allowTestNames: true },
      target: { kind: 'domain', name: 'www.test', wildcard: true },
    },
    {
      name: 'an IPv4 address',
      text: '8.8.8.8',
      rules: DCV,
      target: { kind: 'ip', address: '8.8.8.8', family: 4 },
    },
    {
      name: 'an IPv6 address, in canonical text',
      text: '2606:4700:0:0:0:0:0:0A01',
      rules: DCV,
      target: { kind: 'ip', address: '2606:4700::a01', family: 6 },
    },
    {
      name: 'an IPv6 address in brackets',
      text: '[2606:4700::1]',
      rules: DCV,
      target: { kind: 'ip', address: '2606:4700::1', family: 6 },
    },
    {
      name: 'a reserved address in an allowed network',
      text: '127.0.0.1',
      rules: {
        ...DCV,
        allowedNetworks: [parseIpNetwork('127.0.0.0/8')].filter((network) => network !== null),
      },
      target: { kind: 'ip', address: '127.0.0.1', family: 4 },
    },
    {
      name: 'an IPv4 reverse name, for a reverse address lookup',
      text: '4.3.2.1.IN-ADDR.ARPA.',
      rules: REVERSE,
      target: { kind: 'reverse-name', name: '4.3.2.1.in-addr.arpa', address: '1.2.3.4', family: 4 },
    },
    {
      name: 'an IPv6 reverse name, for a reverse address lookup',
      text: REVERSE_V6.toUpperCase(),
      rules: REVERSE,
      target: { kind: 'reverse-name', name: REVERSE_V6, address: '2606:4700::1', family: 6 },
    },
  ])('accepts $name', ({ text, rules, target }) => {
    expect(normaliseTarget(text, rules)).toEqual({ ok: true, target });
  });
});

interface RefusedRow {
  readonly name: string;
  readonly text: string;
  readonly rules?: TargetRules;
  readonly code: TargetProblem;
}

describe('normaliseTarget: invalid targets', () => {
  it.each<RefusedRow>([
    { name: 'empty text', text: '', code: 'not-a-domain-name' },
    { name: 'white space around a name', text: ' example.com', code: 'not-a-domain-name' },
    { name: 'white space around an address', text: '8.8.8.8 ', code: 'not-a-domain-name' },
    { name: 'a single label', text: 'com', code: 'not-a-domain-name' },
    { name: 'a wildcard over a single label', text: '*.com', code: 'not-a-domain-name' },
    { name: 'a host with a port', text: 'example.com:443', code: 'not-a-domain-name' },
    { name: 'an IPv4 address with a port', text: '8.8.8.8:80', code: 'not-a-domain-name' },
    { name: 'a URL', text: 'http://example.com/', code: 'not-a-domain-name' },
    { name: 'a URL with a port', text: 'http://example.com:80/', code: 'not-a-domain-name' },
    { name: 'a NUL after a name', text: 'example.com\0', code: 'not-a-domain-name' },
    { name: 'a short form of loopback', text: '127.1', code: 'not-a-domain-name' },
    { name: 'a mixed form of loopback', text: '0x7f.1', code: 'not-a-domain-name' },
    { name: 'a decimal form of loopback', text: '2130706433', code: 'not-a-domain-name' },
    { name: 'a hexadecimal form of loopback', text: '0x7f000001', code: 'not-a-domain-name' },
    { name: 'an octal form of loopback', text: '0177.0.0.1', code: 'not-a-domain-name' },
    { name: 'loopback in full-width digits', text: '１２７.０.０.１', code: 'not-a-domain-name' },
    { name: 'an IPv4 address with a final dot', text: '8.8.8.8.', code: 'not-a-domain-name' },
    { name: 'a wildcard over an address', text: '*.8.8.8.8', code: 'not-a-domain-name' },
    { name: 'a network', text: '8.8.8.0/24', code: 'not-a-domain-name' },
    { name: 'an underscore name', text: '_acme-challenge.example.com', code: 'not-a-domain-name' },
    {
      name: 'a wildcard of more than 253 characters',
      text: `*.${NAME_253.slice(1)}`,
      code: 'not-a-domain-name',
    },
    { name: 'a text of a million characters', text: 'a.'.repeat(500_000), code: 'not-a-domain-name' },

    { name: 'a lone asterisk', text: '*', code: 'misplaced-wildcard' },
    { name: 'two wildcard labels', text: '*.*.example.com', code: 'misplaced-wildcard' },
    { name: 'an asterisk in second place', text: 'a.*.example.com', code: 'misplaced-wildcard' },
    { name: 'an asterisk with letters', text: 'a*.example.com', code: 'misplaced-wildcard' },
    { name: 'two asterisks', text: '**.example.com', code: 'misplaced-wildcard' },
    { name: 'a full-width asterisk', text: '＊.example.com', code: 'not-a-domain-name' },

    { name: 'a test name in production', text: 'www.test', code: 'special-use-name' },
    { name: 'a wildcard below a special name', text: '*.a.internal', code: 'special-use-name' },
    { name: 'a special name in capitals with a final dot', text: 'Printer.LOCAL.', code: 'special-use-name' },
    { name: 'a special name in full-width letters', text: 'printer.ｌｏｃａｌ', code: 'special-use-name' },
    { name: 'home.arpa itself', text: 'home.arpa', code: 'special-use-name' },
    { name: 'a wildcard directly below home.arpa', text: '*.home.arpa', code: 'special-use-name' },
    {
      name: 'other special names if test names are allowed',
      text: 'a.example',
      rules: { ...DCV, allowTestNames: true },
      code: 'special-use-name',
    },

    { name: 'brackets around IPv4', text: '[8.8.8.8]', code: 'not-an-ip-address' },
    { name: 'brackets around a name', text: '[example.com]', code: 'not-an-ip-address' },
    { name: 'two pairs of brackets', text: '[[2606:4700::1]]', code: 'not-an-ip-address' },
    { name: 'an opening bracket alone', text: '[2606:4700::1', code: 'not-an-ip-address' },
    { name: 'a closing bracket alone', text: '2606:4700::1]', code: 'not-an-ip-address' },
    { name: 'empty brackets', text: '[]', code: 'not-an-ip-address' },
    { name: 'IPv6 with a port', text: '[2606:4700::1]:443', code: 'not-an-ip-address' },
    { name: 'IPv6 with a zone index', text: '2606:4700::1%eth0', code: 'not-an-ip-address' },
    { name: 'IPv6 with a prefix length', text: '2606:4700::/32', code: 'not-an-ip-address' },
    { name: 'IPv6 with too many groups', text: '1:2:3:4:5:6:7:8:9', code: 'not-an-ip-address' },
    { name: 'a wildcard over IPv6', text: '*.2606:4700::1', code: 'not-a-domain-name' },

    { name: 'a CAA check of IPv4', text: '8.8.8.8', rules: CAA, code: 'ip-address-not-allowed' },
    { name: 'a CAA check of IPv6', text: '[2606:4700::1]', rules: CAA, code: 'ip-address-not-allowed' },
    {
      name: 'a CAA check of a reserved address',
      text: '127.0.0.1',
      rules: CAA,
      code: 'ip-address-not-allowed',
    },

    { name: 'loopback', text: '127.0.0.1', code: 'reserved-ip-address' },
    { name: 'the metadata service', text: '169.254.169.254', code: 'reserved-ip-address' },
    { name: 'the metadata service over IPv6', text: '[fd00:ec2::254]', code: 'reserved-ip-address' },
    { name: 'a public address inside IPv4-mapped', text: '::ffff:8.8.8.8', code: 'reserved-ip-address' },
    {
      name: 'the reverse name of loopback',
      text: '1.0.0.127.in-addr.arpa',
      rules: REVERSE,
      code: 'reserved-ip-address',
    },
    {
      name: 'the reverse name of ::1',
      text: reverseName('::1'),
      rules: REVERSE,
      code: 'reserved-ip-address',
    },
    {
      name: 'an address outside the allowed networks',
      text: '10.0.0.1',
      rules: {
        ...DCV,
        allowedNetworks: [parseIpNetwork('127.0.0.0/8')].filter((network) => network !== null),
      },
      code: 'reserved-ip-address',
    },

    {
      name: 'a reverse name for another method',
      text: '4.3.2.1.in-addr.arpa',
      code: 'reverse-name-not-allowed',
    },
    {
      name: 'a reverse name for CAA',
      text: '4.3.2.1.in-addr.arpa',
      rules: CAA,
      code: 'reverse-name-not-allowed',
    },
    {
      name: 'a reverse name for CAA, even with the method',
      text: '4.3.2.1.in-addr.arpa',
      rules: { ...REVERSE, checkType: 'caa' },
      code: 'reverse-name-not-allowed',
    },
    { name: 'an IPv6 reverse name for another method', text: REVERSE_V6, code: 'reverse-name-not-allowed' },
    { name: 'any other name below in-addr.arpa', text: 'a.in-addr.arpa', code: 'reverse-name-not-allowed' },
    { name: 'in-addr.arpa itself', text: 'in-addr.arpa', code: 'reverse-name-not-allowed' },
    { name: 'ip6.arpa itself', text: 'IP6.ARPA.', rules: REVERSE, code: 'reverse-name-not-allowed' },
    {
      name: 'the reverse name of a network',
      text: '3.2.1.in-addr.arpa',
      rules: REVERSE,
      code: 'reverse-name-not-allowed',
    },
    {
      name: 'a wildcard over a reverse name',
      text: '*.4.3.2.1.in-addr.arpa',
      rules: REVERSE,
      code: 'reverse-name-not-allowed',
    },
  ])('rejects $name', ({ text, rules = DCV, code }) => {
    expect(normaliseTarget(text, rules)).toMatchObject({ ok: false, code });
  });

  it.each(SPECIAL_PURPOSE_BLOCKS.map(({ block }) => block))('rejects both ends of %s', (block) => {
    const { first, last } = edgesOf(block);
    for (const edge of [toText(first), toText(last)]) {
      expect(normaliseTarget(edge, DCV)).toMatchObject({ ok: false, code: 'reserved-ip-address' });
    }
  });

  it('rejects all special-use names of the snapshot', () => {
    expect(SPECIAL_USE_NAMES.map(({ suffix }) => suffix)).toEqual([
      'alt',
      'example',
      'home.arpa',
      'internal',
      'invalid',
      'local',
      'localhost',
      'onion',
      'test',
    ]);
    for (const { suffix } of SPECIAL_USE_NAMES) {
      for (const text of [`a.${suffix}`, `*.a.${suffix}.`, `x.y.${suffix.toUpperCase()}`]) {
        expect(normaliseTarget(text, DCV), text).toMatchObject({ ok: false, code: 'special-use-name' });
      }
    }
  });

  it('rejects a reverse name for every method except reverse-address-lookup', () => {
    const takers = VALIDATION_METHODS.filter(
      (method) => normaliseTarget('4.3.2.1.in-addr.arpa', { ...DCV, method }).ok,
    );
    expect(takers).toEqual(['reverse-address-lookup']);
  });
});

describe('messages of normaliseTarget', () => {
  it.each([
    {
      text: '10.1.2.3',
      rules: DCV,
      message:
        '"10.1.2.3" is a reserved IP address: 10.0.0.0/8 is private use (RFC 1918). Certificates must not name it (TLS BR 4.2.2). Send an address of the public Internet.',
    },
    {
      text: 'db.internal',
      rules: DCV,
      message:
        '"db.internal" lies in "internal", which is set aside for private networks (ICANN board resolution 2024.07.29.06) and not part of the public DNS. Send a name that is.',
    },
    {
      text: '8.8.8.8',
      rules: CAA,
      message:
        '"8.8.8.8" is an IP address, and CAA records exist for domain names only. Send no CAA check for it.',
    },
    {
      text: `*.${'a'.repeat(62)}.${'a'.repeat(62)}.${'a'.repeat(62)}.${'b'.repeat(63)}`,
      rules: DCV,
      message: expect.stringMatching(/is not a domain name: with "\*\." it has more than 253 characters/),
    },
  ])('say what to do about $text', ({ text, rules, message }) => {
    expect(normaliseTarget(text, rules)).toMatchObject({ message });
  });

  it('have codes from a fixed list', () => {
    expect(TARGET_PROBLEMS).toEqual([
      'not-a-domain-name',
      'misplaced-wildcard',
      'special-use-name',
      'reverse-name-not-allowed',
      'not-an-ip-address',
      'ip-address-not-allowed',
      'reserved-ip-address',
    ]);
  });
});

describe('checkedIdentifier and findSpellingProblem (TLS BR 1.6.1 [definitions])', () => {
  it.each<{ name: string; text: string; checked: string; problem: RegExp | null }>([
    { name: 'keep a name', text: 'a.example.com', checked: 'a.example.com', problem: null },
    {
      name: 'keep a wildcard name with its asterisk',
      text: '*.Example.COM',
      checked: '*.example.com',
      problem: null,
    },
    {
      name: 'require the A-label for a U-label',
      text: 'bücher.com',
      checked: 'xn--bcher-kva.com',
      problem: /send "xn--bcher-kva/,
    },
    {
      name: 'require a name without its final dot',
      text: 'a.com.',
      checked: 'a.com',
      problem: /send "a\.com"/,
    },
    {
      name: 'return an address as canonical text',
      text: '[2606:4700:0::0001]',
      checked: '2606:4700::1',
      problem: null,
    },
    {
      name: 'return the address of a reverse name',
      text: '4.3.2.1.in-addr.arpa',
      checked: '1.2.3.4',
      problem: null,
    },
  ])('$name', ({ text, checked, problem }) => {
    const result = normaliseTarget(text, REVERSE);
    if (!result.ok) throw new Error(result.message);
    expect(checkedIdentifier(result.target)).toBe(checked);
    const found = findSpellingProblem(text, result.target);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toMatch(problem);
  });
});

describe('cohortKey', () => {
  it.each([
    {
      name: 'a name, its wildcard, its capitals and its final dot',
      forms: ['example.com', '*.Example.COM.', 'EXAMPLE.com'],
      key: 'example.com',
    },
    {
      name: 'a U-label and its A-label',
      forms: ['bücher.com', '*.BÜCHER.com.', 'xn--bcher-kva.com'],
      key: 'xn--bcher-kva.com',
    },
    {
      name: 'all texts of an address, and its reverse name',
      forms: ['2606:4700::1', '[2606:4700:0::0001]', REVERSE_V6],
      key: '2606:4700::1',
    },
    {
      name: 'an IPv4 address and its reverse name',
      forms: ['1.2.3.4', '4.3.2.1.in-addr.arpa'],
      key: '1.2.3.4',
    },
  ])('is the same for $name', ({ forms, key }) => {
    const keys = forms.map((text) => {
      const result = normaliseTarget(text, REVERSE);
      return result.ok ? cohortKey(result.target) : result.message;
    });
    expect(keys).toEqual(forms.map(() => key));
  });
});
