import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatTrustAnchor, readRootFiles } from '../../../../shared/adapters/unbound/root-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'mpic-root-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string | Buffer): string {
  files += 1;
  const path = join(folder, `file-${files}`);
  writeFileSync(path, content);
  return path;
}

const DS = `. IN DS 20326 8 2 ${'AB'.repeat(32)}`;
const NS = '. 3600000 NS a.root.\na.root. 3600000 A 127.0.0.1';

describe('the root files that are shipped', () => {
  it('trust both root keys that IANA has published (K-01)', () => {
    expect(readRootFiles(null, null).anchors.map(formatTrustAnchor)).toEqual([
      '20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D',
      '38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16',
    ]);
  });

  it('name the thirteen root servers with an address of each family', () => {
    const { hints, source } = readRootFiles(null, null);
    expect(hints.match(/ NS [a-m]\.root-servers\.net\.$/gm)).toHaveLength(13);
    expect(hints.match(/ A \d+\.\d+\.\d+\.\d+$/gm)).toHaveLength(13);
    expect(hints.match(/ AAAA [0-9a-f:]+$/gm)).toHaveLength(13);
    expect(source).toEqual({ hints: 'IANA', anchor: 'IANA' });
  });

  it('carry their date', () => {
    expect(readRootFiles(null, null).hints).toMatch(/\d{4}-\d{2}-\d{2}/);
    expect(readRootFiles(null, null).anchor).toMatch(/\d{4}-\d{2}-\d{2}/);
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
    { name: 'a DNSKEY with its flags for signing keys', text: '. IN DNSKEY 257 3 13 AQPSKmyn', keys: 0 },
  ])('may trust $name', ({ text, keys }) => {
    const path = file(text);
    const read = readRootFiles(null, path);
    expect(read.anchors).toHaveLength(keys);
    expect(read.source.anchor).toBe(path);
  });

  it.each<{ name: string; anchor: string | Buffer; problem: RegExp }>([
    { name: 'nothing', anchor: '', problem: /has no DS or DNSKEY record/ },
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
      name: 'a digest that is no hexadecimal',
      anchor: `. IN DS 1 8 2 ${'XY'.repeat(32)}`,
      problem: /no SHA-256/,
    },
    {
      name: 'a good line and a bad one',
      anchor: `${DS}\nserver: val-permissive-mode: yes`,
      problem: /line 2, is not/,
    },
    { name: 'a zone signing key', anchor: '. IN DNSKEY 256 3 13 AQPSKmyn', problem: /not a key signing key/ },
    { name: 'a revoked key', anchor: '. IN DNSKEY 385 3 13 AQPSKmyn', problem: /not a key signing key/ },
    { name: 'octets that are no text', anchor: Buffer.from([0x2e, 0x00, 0xff]), problem: /not plain ASCII/ },
    { name: 'more than anybody needs', anchor: `${DS}\n`.repeat(2000), problem: /longer than 65536/ },
  ])('may not trust $name', ({ anchor, problem }) => {
    expect(() => readRootFiles(null, file(anchor))).toThrow(problem);
  });

  it.each<{ name: string; hints: () => string; problem: RegExp }>([
    {
      name: 'a file that is not there',
      hints: () => join(folder, 'missing'),
      problem: /root hints .*missing cannot be read/,
    },
    {
      name: 'no server of the root',
      hints: () => file('com. NS a.test.'),
      problem: /name no server of the root/,
    },
  ])('may not hint at $name', ({ hints, problem }) => {
    expect(() => readRootFiles(hints(), null)).toThrow(problem);
  });

  it('may hint at one server', () => {
    expect(readRootFiles(file(NS), null).hints).toContain('127.0.0.1');
  });
});
