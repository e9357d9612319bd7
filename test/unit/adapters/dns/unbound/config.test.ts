import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConfigFacts,
  OPTIONAL_KEYWORDS,
  renderConfig,
} from '../../../../../shared/adapters/dns/unbound/config.ts';
import { parseIpNetwork } from '../../../../../shared/domain/net/ip-network.ts';

const FACTS: ConfigFacts = {
  folder: '/tmp/mpic-unbound-abcdef',
  port: 5300,
  allowedNetworks: [],
  deniedNetworks: [],
  ipv6: true,
  lookupTimeoutMs: 10_000,
  unknownKeywords: new Set(),
};

const linesOf = (changes: Partial<ConfigFacts> = {}) =>
  renderConfig({ ...FACTS, ...changes })
    .split('\n')
    .map((line) => line.trim());

const networks = (...texts: string[]) => texts.map(parseIpNetwork).filter((network) => network !== null);

describe('renderConfig', () => {
  it.each([
    { rule: 'listens on one loopback port only', line: 'interface: 127.0.0.1@5300' },
    { rule: 'validates', line: 'module-config: "validator iterator"' },
    { rule: 'hands out no bogus data', line: 'val-permissive-mode: no' },
    { rule: 'takes missing signatures below a DS for bogus', line: 'harden-dnssec-stripped: yes' },
    {
      rule: 'computes 50 NSEC3 iterations and no more',
      line: 'val-nsec3-keysize-iterations: "1024 50 2048 50 4096 50"',
    },
    { rule: 'takes a signature that has ended for bogus, to the second', line: 'val-sig-skew-min: 0' },
    { rule: 'takes a signature that has not begun for bogus', line: 'val-sig-skew-max: 0' },
    { rule: 'tells extended errors', line: 'ede: yes' },
    { rule: 'keeps nothing for longer than a minute', line: 'cache-max-ttl: 60' },
    { rule: 'keeps denials for five seconds at most', line: 'cache-max-negative-ttl: 5' },
    { rule: 'serves nothing expired', line: 'serve-expired: no' },
    { rule: 'asks nothing ahead', line: 'prefetch: no' },
    { rule: 'makes up no denials', line: 'aggressive-nsec: no' },
    { rule: 'does not hold time in which it was frozen against servers', line: 'infra-keep-probing: yes' },
    { rule: 'drops no answer that somebody may still wait for', line: 'discard-timeout: 15000' },
    { rule: 'asks for more room for queries than the system gives by itself', line: 'so-rcvbuf: 4m' },
    { rule: 'answers loopback only', line: 'access-control: 127.0.0.0/8 allow' },
    {
      rule: 'takes commands in its private folder only',
      line: 'control-interface: "/tmp/mpic-unbound-abcdef/control"',
    },
    {
      rule: 'trusts the root key it is given',
      line: 'trust-anchor-file: "/tmp/mpic-unbound-abcdef/root-anchor"',
    },
    { rule: 'asks no name server on loopback', line: 'do-not-query-address: 127.0.0.0/8' },
    { rule: 'asks no name server at the metadata address', line: 'do-not-query-address: 169.254.0.0/16' },
    { rule: 'asks no name server outside public IPv6 space', line: 'do-not-query-address: 8000::/1' },
  ])('$rule', ({ line }) => {
    expect(linesOf()).toContain(line);
  });

  it('leaves the times after which servers are asked again as they are: shorter ones double the queries to far servers', () => {
    const keywords = linesOf().map((line) => line.split(':')[0]);
    for (const keyword of [
      'unknown-server-time-limit',
      'infra-cache-min-rtt',
      'infra-cache-max-rtt',
      'outbound-msg-retry',
      'max-sent-count',
    ])
      expect(keywords).not.toContain(keyword);
  });

  it('exempts what a lab allows from the addresses that are not asked, and nothing else', () => {
    const lines = linesOf({ allowedNetworks: networks('127.0.1.0/24') });
    expect(lines).not.toContain('do-not-query-address: 127.0.0.0/8');
    expect(lines).not.toContain('do-not-query-address: 127.0.1.0/24');
    expect(lines).toContain('do-not-query-address: 127.0.0.0/24');
    expect(lines).toContain('do-not-query-address: 127.128.0.0/9');
    expect(lines).toContain('do-not-query-address: 10.0.0.0/8');
  });

  it('asks over IPv6 only where there is IPv6', () => {
    expect(linesOf({ ipv6: true })).toContain('do-ip6: yes');
    expect(linesOf({ ipv6: false })).toContain('do-ip6: no');
  });

  it('leaves out the settings that a version does not know', () => {
    const keywords = linesOf({ unknownKeywords: OPTIONAL_KEYWORDS }).map((line) => line.split(':')[0]);
    for (const keyword of OPTIONAL_KEYWORDS) {
      expect(keywords).not.toContain(keyword);
      expect(linesOf().some((line) => line.startsWith(`${keyword}:`))).toBe(true);
    }
  });

  it('can leave out no setting that validation rests on', () => {
    for (const keyword of OPTIONAL_KEYWORDS) expect(keyword).not.toMatch(/val-|module|trust|harden|ede/);
  });

  it.each([
    { name: 'a quote', folder: '/tmp/a"b' },
    { name: 'a line break', folder: '/tmp/a\n  val-permissive-mode: yes' },
    { name: 'a backslash', folder: '/tmp/a\\' },
    { name: 'a NUL', folder: '/tmp/a\0' },
  ])('refuses a folder with $name: it could end its line', ({ folder }) => {
    expect(() => linesOf({ folder })).toThrow(/characters that cannot stand in a configuration file/);
  });
});

const anyNetwork = fc.constantFrom(
  ...networks('127.0.0.0/8', '10.0.0.0/8', '0.0.0.0/0', '::/0', 'fc00::/7', '192.0.2.1/32'),
);

/** What would let unvalidated data pass, wherever it stood. */
const TURNS_VALIDATION_OFF =
  /^(?:domain-insecure|val-permissive-mode: yes|ignore-cd-flag|harden-dnssec-stripped: no|module-config: "(?!validator iterator")|val-override-date|serve-expired: yes|auth-zone|forward-zone|stub-zone|local-data|include)/;

describe('renderConfig, whatever it is given (TLS BR 4.2.2.2 [dnssec])', () => {
  it('never turns validation off', () => {
    void fc.assert(
      fc.property(
        fc.integer({ min: 1024, max: 65_535 }),
        fc.array(anyNetwork, { maxLength: 4 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 60_000 }),
        fc.subarray([...OPTIONAL_KEYWORDS]),
        (port, allowedNetworks, ipv6, lookupTimeoutMs, unknown) => {
          const lines = linesOf({
            port,
            allowedNetworks,
            ipv6,
            lookupTimeoutMs,
            unknownKeywords: new Set(unknown),
          });
          expect(lines.filter((line) => TURNS_VALIDATION_OFF.test(line))).toEqual([]);
          expect(lines).toContain('module-config: "validator iterator"');
          expect(lines.filter((line) => line.startsWith('trust-anchor-file:'))).toHaveLength(1);
        },
      ),
    );
  });

  it('sets nothing twice but the addresses that are not asked', () => {
    const keywords = linesOf()
      .filter((line) => line !== '')
      .map((line) => line.split(':')[0])
      .filter((keyword) => keyword !== 'do-not-query-address');
    expect(new Set(keywords).size).toBe(keywords.length);
  });
});
