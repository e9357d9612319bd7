import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatTrustAnchor, readRootFiles } from '../../../../../shared/adapters/dns/unbound/root-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'mpic-root-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string | Buffer): string {
  files += 1;
  const path = join(folder, `file-${files}`);
  writeFileSync(path, content);
  return path;
}

const SHIPPED_ANCHOR = new URL(
  '../../../../../shared/adapters/dns/unbound/iana/root-anchor.ds',
  import.meta.url,
);
const DS = `. IN DS 20326 8 2 ${'AB'.repeat(32)}`;
const KEY = '. IN DNSKEY 257 3 13 AQPSKmyn';
const KEY_TAG = 17379;
const KEY_DS = `. IN DS ${KEY_TAG} 13 2 ${digest('sha256')}`;
const KEY_DS384 = `. IN DS ${KEY_TAG} 13 4 ${digest('sha384')}`;

/** Digest of {@link KEY}: over the root's name, flags, protocol, algorithm and key. */
function digest(hash: string): string {
  const rdata = Buffer.concat([Buffer.from([0, 1, 1, 3, 13]), Buffer.from('AQPSKmyn', 'base64')]);
  return createHash(hash).update(rdata).digest('hex');
}

const NS = '. 3600000 NS a.root.\na.root. 3600000 A 127.0.0.1';

describe('the included root files', () => {
  it('trust both root keys that IANA has published (K-01)', () => {
    expect(readRootFiles(null, null).anchors.map(formatTrustAnchor)).toEqual([
      '20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D',
      '38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16',
    ]);
  });

  it('contain the keys with their digests, and dates for both (RFC 9718)', () => {
    const { anchors, anchor, unused } = readRootFiles(null, null);
    expect(anchors.map(({ validFrom, validUntil }) => [validFrom, validUntil])).toEqual([
      ['2017-02-02T00:00:00Z', null],
      ['2024-07-18T00:00:00Z', null],
    ]);
    expect(unused).toEqual([]);
    expect(anchor).toBe(anchors.map((one) => `. IN DS ${formatTrustAnchor(one)}\n`).join(''));
  });

  it('name the thirteen root servers with an address of each family', () => {
    const { hints, source } = readRootFiles(null, null);
    expect(hints.match(/ NS [a-m]\.root-servers\.net\.$/gm)).toHaveLength(13);
    expect(hints.match(/ A \d+\.\d+\.\d+\.\d+$/gm)).toHaveLength(13);
    expect(hints.match(/ AAAA [0-9a-f:]+$/gm)).toHaveLength(13);
    expect(source).toEqual({ hints: 'IANA', anchor: 'IANA' });
  });

  it('contain their date', () => {
    expect(readRootFiles(null, null).hints).toMatch(/\d{4}-\d{2}-\d{2}/);
    expect(readFileSync(SHIPPED_ANCHOR, 'utf8')).toMatch(/As of \d{4}-\d{2}-\d{2}/);
  });
});

describe('root files of an operator', () => {
  it.each([
    { name: 'one DS record', text: DS, keys: 1 },
    {
      name: 'two, with comments and a TTL',
      text: `; keys\n${DS}\n. 3600 IN DS 1 13 4 ${'cd'.repeat(48)} ; x`,
      keys: 2,
    },
    { name: 'a digest in groups', text: `. IN DS 1 13 2 ${'AB '.repeat(32)}`, keys: 1 },
    { name: 'a DNSKEY with the flags of a key signing key', text: KEY, keys: 1 },
    { name: 'a DNSKEY with its own digest', text: `${KEY_DS}\n${KEY}`, keys: 1 },
    { name: 'a DNSKEY with its own SHA-384 digest', text: `${KEY_DS384}\n${KEY}`, keys: 1 },
    { name: 'a DNSKEY and the digest of another key', text: `${DS}\n${KEY}`, keys: 2 },
    { name: 'a DS record with a comment without dates', text: `${DS} ; valid for a lab`, keys: 1 },
  ])('accept as trust anchor: $name', ({ text, keys }) => {
    const path = file(text);
    const read = readRootFiles(null, path);
    expect(read.anchors).toHaveLength(keys);
    expect(read.source.anchor).toBe(path);
  });

  it.each<{ name: string; anchor: string | Buffer; problem: RegExp }>([
    { name: 'an empty file', anchor: '', problem: /has no DS or DNSKEY record/ },
    { name: 'only comments', anchor: '; nothing\n', problem: /has no DS or DNSKEY record/ },
    {
      name: 'a key of another zone',
      anchor: DS.replace('.', 'com.'),
      problem: /line 1, is not a DS or DNSKEY/,
    },
    { name: 'another type', anchor: '. IN A 192.0.2.1', problem: /line 1, is not a DS or DNSKEY/ },
    { name: 'a digest that is too short', anchor: `. IN DS 1 8 2 ${'AB'.repeat(31)}`, problem: /no SHA-256/ },
    { name: 'a digest of SHA-1', anchor: `. IN DS 1 8 1 ${'AB'.repeat(20)}`, problem: /no SHA-256/ },
    {
      name: 'a digest that is not hexadecimal',
      anchor: `. IN DS 1 8 2 ${'XY'.repeat(32)}`,
      problem: /no SHA-256/,
    },
    {
      name: 'a valid line and an invalid one',
      anchor: `${DS}\nserver: val-permissive-mode: yes`,
      problem: /line 2, is not/,
    },
    {
      name: 'an unknown algorithm',
      anchor: DS.replace(' 8 2 ', ' 200 2 '),
      problem: /has algorithm 200/,
    },
    { name: 'RSA/SHA-1', anchor: DS.replace(' 8 2 ', ' 5 2 '), problem: /has algorithm 5/ },
    { name: 'a key of RSA/SHA-1', anchor: KEY.replace(' 13 ', ' 7 '), problem: /has algorithm 7/ },
    {
      name: 'DX-10 a key that does not match its digest',
      anchor: `. IN DS ${KEY_TAG} 13 2 ${'AB'.repeat(32)}\n${KEY}`,
      problem: /line 2, is not the key that the DS record 17379 .* digests/,
    },
    { name: 'a key that is not base64', anchor: `${KEY}=`, problem: /not a key signing key/ },
    {
      name: 'a date that cannot be read',
      anchor: `${DS} ; valid-until=2027-1-11`,
      problem: /line 1, has a date that cannot be read: valid-until=2027-1-11/,
    },
    {
      name: 'a day that does not exist',
      anchor: `${DS} ; valid-from=2026-13-01T00:00:00Z`,
      problem: /has a date/,
    },
    { name: 'a misspelled bound', anchor: `${DS} ; valid-to=2027-01-11T00:00:00Z`, problem: /has a date/ },
    { name: 'a zone signing key', anchor: '. IN DNSKEY 256 3 13 AQPSKmyn', problem: /not a key signing key/ },
    { name: 'a revoked key', anchor: '. IN DNSKEY 385 3 13 AQPSKmyn', problem: /not a key signing key/ },
    { name: 'a binary file', anchor: Buffer.from([0x2e, 0x00, 0xff]), problem: /not plain ASCII/ },
    { name: 'a file that is too long', anchor: `${DS}\n`.repeat(2000), problem: /longer than 65536/ },
  ])('reject as trust anchor: $name', ({ anchor, problem }) => {
    expect(() => readRootFiles(null, file(anchor))).toThrow(problem);
  });

  const from = ' ; valid-from=2026-01-01T00:00:00Z';
  const until = ' valid-until=2027-01-11T00:00:00Z';
  it.each<{ name: string; at: string; used: boolean }>([
    { name: 'DX-10 not one second before its validity', at: '2025-12-31T23:59:59Z', used: false },
    { name: 'from the first second of its validity', at: '2026-01-01T00:00:00Z', used: true },
    { name: 'until the last second of its validity', at: '2027-01-10T23:59:59Z', used: true },
    { name: 'DX-10 not after its validity', at: '2027-01-11T00:00:00Z', used: false },
  ])('trust a key $name (RFC 9718 section 3.1)', ({ at, used }) => {
    const always = `. IN DS 1 13 2 ${'CD'.repeat(32)}`;
    const read = readRootFiles(null, file(`${DS}${from}${until}\n${always}`), Date.parse(at));
    expect(read.anchors.map(({ keyTag }) => keyTag)).toEqual(used ? [20326, 1] : [1]);
    expect(read.unused.map(({ keyTag }) => keyTag)).toEqual(used ? [] : [20326]);
    expect(read.anchor.includes('20326')).toBe(used);
  });

  it('are rejected if no key is currently valid', () => {
    const path = file(`${DS}${from}`);
    expect(() => readRootFiles(null, path, Date.parse('2025-01-01'))).toThrow(/no key that may be used now/);
  });

  it.each<{ name: string; hints: () => string; problem: RegExp }>([
    {
      name: 'a missing file',
      hints: () => join(folder, 'missing'),
      problem: /root hints .*missing cannot be read/,
    },
    {
      name: 'a file without root servers',
      hints: () => file('com. NS a.test.'),
      problem: /name no server of the root/,
    },
  ])('reject as root hints: $name', ({ hints, problem }) => {
    expect(() => readRootFiles(hints(), null)).toThrow(problem);
  });

  it('accept root hints with one server', () => {
    expect(readRootFiles(file(NS), null).hints).toContain('127.0.0.1');
  });
});
