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
    { rule: 'enables validation', line: 'module-config: "validator iterator"' },
    { rule: 'returns no bogus data', line: 'val-permissive-mode: no' },
    { rule: 'treats missing signatures below a DS as bogus', line: 'harden-dnssec-stripped: yes' },
    {
      rule: 'computes at most 50 NSEC3 iterations',
      line: 'val-nsec3-keysize-iterations: "1024 50 2048 50 4096 50"',
    },
    { rule: 'treats an expired signature as bogus, without tolerance', line: 'val-sig-skew-min: 0' },
    { rule: 'treats a signature that is not yet valid as bogus', line: 'val-sig-skew-max: 0' },
    { rule: 'returns extended errors', line: 'ede: yes' },
    { rule: 'caches nothing for more than a minute', line: 'cache-max-ttl: 60' },
    { rule: 'caches denials for at most five seconds', line: 'cache-max-negative-ttl: 5' },
    { rule: 'serves no expired data', line: 'serve-expired: no' },
    { rule: 'disables prefetching', line: 'prefetch: no' },
    { rule: 'synthesises no denials', line: 'aggressive-nsec: no' },
    { rule: 'does not mark servers as dead after it was suspended', line: 'infra-keep-probing: yes' },
    { rule: 'keeps answers for longer than any lookup waits', line: 'discard-timeout: 15000' },
    { rule: 'requests a larger receive buffer than the system default', line: 'so-rcvbuf: 4m' },
    { rule: 'serves loopback only', line: 'access-control: 127.0.0.0/8 allow' },
    {
      rule: 'accepts commands only in its private folder',
      line: 'control-interface: "/tmp/mpic-unbound-abcdef/control"',
    },
    {
      rule: 'trusts the configured root key',
      line: 'trust-anchor-file: "/tmp/mpic-unbound-abcdef/root-anchor"',
    },
    { rule: 'queries no name server on loopback', line: 'do-not-query-address: 127.0.0.0/8' },
    { rule: 'queries no name server at the metadata address', line: 'do-not-query-address: 169.254.0.0/16' },
    { rule: 'queries no name server outside public IPv6 space', line: 'do-not-query-address: 8000::/1' },
  ])('$rule', ({ line }) => {
    expect(linesOf()).toContain(line);
  });

  it('keeps the default server time-outs, because shorter ones double the queries to distant servers', () => {
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

  it('exempts only the allowed networks of a lab from do-not-query-address', () => {
    const lines = linesOf({ allowedNetworks: networks('127.0.1.0/24') });
    expect(lines).not.toContain('do-not-query-address: 127.0.0.0/8');
    expect(lines).not.toContain('do-not-query-address: 127.0.1.0/24');
    expect(lines).toContain('do-not-query-address: 127.0.0.0/24');
    expect(lines).toContain('do-not-query-address: 127.128.0.0/9');
    expect(lines).toContain('do-not-query-address: 10.0.0.0/8');
  });

  it('enables IPv6 only if the machine has IPv6', () => {
    expect(linesOf({ ipv6: true })).toContain('do-ip6: yes');
    expect(linesOf({ ipv6: false })).toContain('do-ip6: no');
  });

  it('omits settings that a version does not know', () => {
    const keywords = linesOf({ unknownKeywords: OPTIONAL_KEYWORDS }).map((line) => line.split(':')[0]);
    for (const keyword of OPTIONAL_KEYWORDS) {
      expect(keywords).not.toContain(keyword);
      expect(linesOf().some((line) => line.startsWith(`${keyword}:`))).toBe(true);
    }
  });

  it('never omits a setting needed for validation', () => {
    for (const keyword of OPTIONAL_KEYWORDS) expect(keyword).not.toMatch(/val-|module|trust|harden|ede/);
  });

  it.each([
    { name: 'a quote', folder: '/tmp/a"b' },
    { name: 'a line break', folder: '/tmp/a\n  val-permissive-mode: yes' },
    { name: 'a backslash', folder: '/tmp/a\\' },
    { name: 'a NUL', folder: '/tmp/a\0' },
  ])('rejects a folder with $name', ({ folder }) => {
    expect(() => linesOf({ folder })).toThrow(/characters that cannot stand in a configuration file/);
  });
});

const anyNetwork = fc.constantFrom(
  ...networks('127.0.0.0/8', '10.0.0.0/8', '0.0.0.0/0', '::/0', 'fc00::/7', '192.0.2.1/32'),
);

/** Settings that would let unvalidated data pass. */
const TURNS_VALIDATION_OFF =
  /^(?:domain-insecure|val-permissive-mode: yes|ignore-cd-flag|harden-dnssec-stripped: no|module-config: "(?!validator iterator")|val-override-date|serve-expired: yes|auth-zone|forward-zone|stub-zone|local-data|include)/;

describe('renderConfig, for any input (TLS BR 4.2.2.2 [dnssec])', () => {
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

  it('sets each keyword once, except do-not-query-address', () => {
    const keywords = linesOf()
      .filter((line) => line !== '')
      .map((line) => line.split(':')[0])
      .filter((keyword) => keyword !== 'do-not-query-address');
    expect(new Set(keywords).size).toBe(keywords.length);
  });
});
