import { describe, expect, it } from 'vitest';
import { readChallengeCertificate } from '../../../../../shared/domain/dcv/tls-alpn/certificate.ts';
import { element, octets } from './der-elements.ts';

describe('Certificates that are expensive to parse', () => {
  const many = (count: number, ...items: readonly Buffer[]) =>
    Buffer.concat(Array.from({ length: count }, () => Buffer.concat([...items])));
  const nest = (tag: number, ...before: readonly Buffer[]) => {
    let nested: Buffer = octets(5, 0);
    while (nested.length < 60_000) nested = element(tag, ...before, nested);
    return nested;
  };

  it.each([
    { name: 'sequences within sequences', der: nest(0x30) },
    { name: 'octet strings within octet strings', der: nest(0x04) },
    { name: 'bit strings within bit strings', der: nest(0x03, octets(0)) },
    { name: 'thousands of elements', der: element(0x30, many(30_000, octets(5, 0))) },
    { name: 'thousands of octet strings', der: element(0x30, many(15_000, octets(4, 2, 5, 0))) },
    { name: 'an identifier of 60,000 arcs', der: element(0x30, element(6, Buffer.alloc(60_000, 0x11))) },
    {
      name: 'an arc of 60,000 octets',
      der: element(0x30, element(6, Buffer.alloc(60_000, 0xff), octets(1))),
    },
    {
      name: 'thousands of long arcs',
      der: element(0x30, many(4_000, element(6, Buffer.alloc(13, 0xff), octets(1)))),
    },
    {
      name: 'a tag of 60,000 octets',
      der: element(0x30, octets(0xbf), Buffer.alloc(60_000, 0xff), octets(1, 0)),
    },
    { name: 'a number of 60,000 octets', der: element(0x30, element(2, Buffer.alloc(60_000, 0x7f))) },
    {
      name: 'a string of 60,000 octets that are not UTF-8',
      der: element(0x30, element(12, Buffer.alloc(60_000, 0xff))),
    },
  ])('are rejected quickly: $name', ({ der }) => {
    const before = performance.now();
    expect(readChallengeCertificate(der).ok).toBe(false);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});
