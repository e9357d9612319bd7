import { encode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import {
  type DnsMessage,
  isAuthenticated,
  readMessage,
} from '../../../../../shared/adapters/dns/message/message-reader.ts';
import {
  caaRdata,
  edeOption,
  optRecord,
  QNAME,
  soaRdata,
  uint16,
  type WireMessage,
  wireMessage,
  wireName,
  wireQuestion,
} from './wire.ts';

function read(message: WireMessage): DnsMessage {
  const result = readMessage(wireMessage(message));
  if (result.status !== 'ok') throw new Error(result.reason);
  return result.message;
}

const A = 1;
const CNAME = 5;
const SOA = 6;
const TXT = 16;
const AAAA = 28;
const DS = 43;
const RRSIG = 46;
const NSEC = 47;
const NSEC3 = 50;
const CAA = 257;
const goodCaa = { type: CAA, rdata: caaRdata(0, 'issue', 'ca.example') };

describe('readMessage: well-formed messages', () => {
  it('reads the records of an answer written by an independent encoder', () => {
    const bytes = encode({
      type: 'response',
      id: 7,
      flags: 0x01a0,
      questions: [{ name: 'www.example.test', type: 'CAA', class: 'IN' }],
      answers: [
        { name: 'www.example.test', type: 'CNAME', ttl: 60, data: 'T.example.net' },
        {
          name: 't.example.net',
          type: 'CAA',
          ttl: 30,
          data: { flags: 128, tag: 'issue', value: 'ca.example' },
        },
        { name: 't.example.net', type: 'TXT', ttl: 30, data: ['one ', 'two'] },
        { name: 't.example.net', type: 'A', ttl: 30, data: '192.0.2.1' },
        { name: 't.example.net', type: 'AAAA', ttl: 30, data: '2001:db8:0:0:1:0:0:1' },
        { name: 't.example.net', type: 'DNAME', ttl: 30, data: 'other.example' },
        { name: 't.example.net', type: 'MX', ttl: 30, data: { preference: 1, exchange: 'mail.example' } },
      ],
      authorities: [
        {
          name: 'example.net',
          type: 'SOA',
          ttl: 900,
          data: { mname: 'a.', rname: 'b.', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 77 },
        },
      ],
    });
    const result = readMessage(bytes);
    if (result.status !== 'ok') throw new Error(result.reason);
    const { message } = result;
    expect(message.question).toEqual({ name: ['www', 'example', 'test'], type: CAA });
    expect(isAuthenticated(message)).toBe(true);
    expect(message.answers.map(({ view }) => view)).toEqual([
      { kind: 'name', target: ['T', 'example', 'net'] },
      { kind: 'caa', caa: { flags: 128, tag: 'issue', value: 'ca.example' } },
      { kind: 'text', text: 'one two' },
      { kind: 'address', address: '192.0.2.1' },
      { kind: 'address', address: '2001:db8::1:0:0:1' },
      { kind: 'name', target: ['other', 'example'] },
      null,
    ]);
    expect(message.authority[0]).toMatchObject({ ttl: 900, view: { kind: 'soa', minimum: 77 } });
  });

  it.each([
    { name: 'all zeros as ::', groups: '0000 0000 0000 0000 0000 0000 0000 0000', text: '::' },
    { name: 'loopback as ::1', groups: '0000 0000 0000 0000 0000 0000 0000 0001', text: '::1' },
    {
      name: 'a single zero group unshortened',
      groups: '2001 0db8 0000 0001 0001 0001 0001 0001',
      text: '2001:db8:0:1:1:1:1:1',
    },
    {
      name: 'the longest run shortened',
      groups: '2001 0000 0000 0001 0000 0000 0000 0001',
      text: '2001:0:0:1::1',
    },
    {
      name: 'the first of equal runs shortened',
      groups: '2001 0db8 0000 0000 0001 0000 0000 0001',
      text: '2001:db8::1:0:0:1',
    },
    {
      name: 'a run at the end shortened',
      groups: '2001 0db8 0000 0000 0000 0000 0000 0000',
      text: '2001:db8::',
    },
    {
      name: 'mapped IPv4 in dotted decimal',
      groups: '0000 0000 0000 0000 0000 ffff c000 0201',
      text: '::ffff:192.0.2.1',
    },
  ])('formats IPv6 by RFC 5952: $name', ({ groups, text }) => {
    const rdata = Buffer.from(groups.replaceAll(' ', ''), 'hex');
    expect(read({ answers: [{ type: AAAA, rdata }] }).answers[0]?.view).toEqual({
      kind: 'address',
      address: text,
    });
  });

  it('distinguishes a label with a dot from two labels', () => {
    const owner = Buffer.concat([
      Buffer.from([11]),
      Buffer.from('www.example'),
      Buffer.from([4]),
      Buffer.from('test'),
      Buffer.from([0]),
    ]);
    const [record] = read({ answers: [{ ...goodCaa, owner }] }).answers;
    expect(record?.owner).toEqual(['www.example', 'test']);
  });

  it('keeps octets that are not UTF-8', () => {
    const rdata = Buffer.from([2, 0xff, 0xc3]);
    expect(read({ answers: [{ type: TXT, rdata }] }).answers[0]?.view).toEqual({
      kind: 'text',
      text: '\xff\xc3',
    });
  });

  it('reads an empty TXT string, an empty CAA value and 255 octets', () => {
    const full = Buffer.concat([Buffer.from([255]), Buffer.alloc(255, 97)]);
    const { answers } = read({
      answers: [
        { type: TXT, rdata: Buffer.from([0]) },
        { type: TXT, rdata: full },
        { type: CAA, rdata: caaRdata(0, 'issue', '') },
      ],
    });
    expect(answers.map(({ view }) => view)).toEqual([
      { kind: 'text', text: '' },
      { kind: 'text', text: 'a'.repeat(255) },
      { kind: 'caa', caa: { flags: 0, tag: 'issue', value: '' } },
    ]);
  });

  it('combines the response code from header and OPT (RFC 6891 section 6.1.3)', () => {
    expect(read({ flags: 0x8180, additional: [optRecord([], 1)] }).rcode).toBe(16);
    expect(read({ flags: 0x8183, additional: [optRecord()] }).rcode).toBe(3);
    expect(read({ flags: 0x8182 }).rcode).toBe(2);
  });

  it('treats a TTL with the top bit set as zero (RFC 2181 section 8)', () => {
    const { answers } = read({
      answers: [
        { ...goodCaa, ttl: 0x8000_0000 },
        { ...goodCaa, ttl: 0x7fff_ffff },
      ],
    });
    expect(answers.map(({ ttl }) => ttl)).toEqual([0, 0x7fff_ffff]);
  });

  it('reads extended errors with bounded, printable texts', () => {
    const options = [
      edeOption(6, `\x1b[31mé${'x'.repeat(300)}`),
      edeOption(22),
      Buffer.from([0, 10, 0, 1, 9]),
    ];
    const { extendedErrors } = read({ additional: [optRecord(options)] });
    expect(extendedErrors).toEqual([
      { code: 6, text: `?[31m?${'x'.repeat(194)}` },
      { code: 22, text: '' },
    ]);
  });
});

const LONG_LABELS = Array(4).fill('x'.repeat(63)).join('.');

describe('readMessage: signatures (RFC 4034 section 3.1)', () => {
  it('reads an RRSIG record written by an independent encoder', () => {
    const bytes = encode({
      type: 'response',
      id: 7,
      flags: 0x0180,
      questions: [{ name: 'example.test', type: 'CAA', class: 'IN' }],
      answers: [
        {
          name: 'example.test',
          type: 'RRSIG',
          ttl: 30,
          data: {
            typeCovered: 'DNSKEY',
            algorithm: 13,
            labels: 2,
            originalTTL: 3600,
            expiration: 4_000_000_000,
            inception: 1_800_000_000,
            keyTag: 38_696,
            signersName: 'example.test',
            signature: Buffer.alloc(64),
          },
        },
      ],
    });
    const result = readMessage(bytes);
    expect(result.status === 'ok' && result.message.answers[0]?.view).toEqual({
      kind: 'rrsig',
      covered: 48,
      algorithm: 13,
      keyTag: 38_696,
      inception: 1_800_000_000,
      expiration: 4_000_000_000,
    });
  });
});

describe('readMessage rejects', () => {
  it.each<{ name: string; message: WireMessage; reason: RegExp }>([
    { name: 'no question', message: { questions: [] }, reason: /exactly one question/ },
    {
      name: 'two questions',
      message: { questions: [wireQuestion('a.test', CAA), wireQuestion('a.test', CAA)] },
      reason: /exactly one question/,
    },
    {
      name: 'a question count of two with one question',
      message: { counts: [2, 0, 0, 0] },
      reason: /exactly one question/,
    },
    {
      name: 'a DS record without a digest',
      message: { authority: [{ type: DS, rdata: Buffer.from([0, 1, 13, 2]) }] },
      reason: /no digest/,
    },
    {
      name: 'half a DS record',
      message: { authority: [{ type: DS, rdata: Buffer.from([0, 1, 13]) }] },
      reason: /./,
    },
    {
      name: 'an RRSIG record without a signer',
      message: { answers: [{ type: RRSIG, rdata: Buffer.alloc(18) }] },
      reason: /no signer/,
    },
    {
      name: 'an RRSIG record that ends within its dates',
      message: { answers: [{ type: RRSIG, rdata: Buffer.alloc(12) }] },
      reason: /./,
    },
    {
      name: 'an NSEC record whose name exceeds it',
      message: { authority: [{ type: NSEC, rdata: Buffer.from([5, 97]) }] },
      reason: /./,
    },
    {
      name: 'an NSEC record with a truncated bit map',
      message: {
        authority: [{ type: NSEC, rdata: Buffer.concat([wireName('b.test'), Buffer.from([0, 2, 64])]) }],
      },
      reason: /bit map/,
    },
    {
      name: 'an NSEC3 record whose salt exceeds it',
      message: { authority: [{ type: NSEC3, rdata: Buffer.from([1, 0, 0, 0, 9, 1]) }] },
      reason: /past its record/,
    },
    {
      name: 'an NSEC3 record whose hash exceeds it',
      message: { authority: [{ type: NSEC3, rdata: Buffer.from([1, 0, 0, 0, 0, 20, 1]) }] },
      reason: /past its record/,
    },
    {
      name: 'a question of class 0x8001',
      message: { questions: [wireQuestion('a.test', CAA, 0x8001)] },
      reason: /class IN/,
    },
    {
      name: 'a question of class CH',
      message: { questions: [wireQuestion('a.test', CAA, 3)] },
      reason: /class IN/,
    },
    {
      name: 'a record of class 0x8001',
      message: { answers: [{ ...goodCaa, class: 0x8001 }] },
      reason: /class IN/,
    },
    {
      name: 'octets after the last record',
      message: { answers: [goodCaa], trailing: Buffer.from([0]) },
      reason: /left over/,
    },
    {
      name: 'one record fewer than counted',
      message: { answers: [goodCaa], counts: [1, 2, 0, 0] },
      reason: /past the message|too/,
    },
    {
      name: 'counts that do not fit into the message',
      message: { counts: [1, 65_535, 65_535, 65_535] },
      reason: /too short for its record counts/,
    },
    {
      name: 'an A record of 3 octets',
      message: { answers: [{ type: A, rdata: Buffer.from([1, 2, 3]) }] },
      reason: /4 octets/,
    },
    {
      name: 'an A record of 5 octets',
      message: { answers: [{ type: A, rdata: Buffer.alloc(5) }] },
      reason: /4 octets/,
    },
    {
      name: 'an A record of 3 octets in the additional section',
      message: { additional: [{ type: A, rdata: Buffer.alloc(3) }] },
      reason: /4 octets/,
    },
    {
      name: 'an AAAA record of 15 octets',
      message: { answers: [{ type: AAAA, rdata: Buffer.alloc(15) }] },
      reason: /16 octets/,
    },
    {
      name: 'RDATA past the message',
      message: { answers: [{ type: A, rdata: Buffer.alloc(4), rdlength: 5 }] },
      reason: /past the message/,
    },
    {
      name: 'RDATA of an unknown type past the message',
      message: { answers: [{ type: 999, rdata: Buffer.alloc(4), rdlength: 5 }] },
      reason: /past the message/,
    },
    {
      name: 'a CAA tag of length 0',
      message: { answers: [{ type: CAA, rdata: Buffer.from([0, 0, 65]) }] },
      reason: /tag is empty/,
    },
    {
      name: 'a CAA tag length past the RDATA',
      message: { answers: [{ type: CAA, rdata: Buffer.from([0, 6, 105, 115, 115, 117, 101]) }, goodCaa] },
      reason: /runs past its record/,
    },
    {
      name: 'a CAA record of one octet',
      message: { answers: [{ type: CAA, rdata: Buffer.from([0]) }] },
      reason: /too short/,
    },
    {
      name: 'a CAA tag with a hyphen',
      message: { answers: [{ type: CAA, rdata: caaRdata(0, 'is-sue', 'x') }] },
      reason: /letters and digits/,
    },
    {
      name: 'a CAA tag with a control octet',
      message: { answers: [{ type: CAA, rdata: caaRdata(0, 'issue\0', 'x') }] },
      reason: /letters and digits/,
    },
    {
      name: 'a CAA tag that is not ASCII',
      message: { answers: [{ type: CAA, rdata: caaRdata(0, 'issu\xe9', 'x') }] },
      reason: /letters and digits/,
    },
    {
      name: 'a TXT record without a string',
      message: { answers: [{ type: TXT, rdata: Buffer.alloc(0) }] },
      reason: /empty/,
    },
    {
      name: 'a TXT string past its record',
      message: { answers: [{ type: TXT, rdata: Buffer.from([3, 97, 97]) }, goodCaa] },
      reason: /past its record/,
    },
    {
      name: 'a CNAME that ends before its RDATA',
      message: { answers: [{ type: CNAME, rdata: Buffer.concat([wireName('a'), Buffer.from([0])]) }] },
      reason: /does not fit/,
    },
    {
      name: 'a CNAME that exceeds its RDATA',
      message: { answers: [{ type: CNAME, rdata: wireName('abc.test'), rdlength: 4 }] },
      reason: /does not fit|left over/,
    },
    {
      name: 'a truncated SOA',
      message: { authority: [{ type: SOA, rdata: soaRdata(5).subarray(0, -1) }] },
      reason: /ends too early/,
    },
    {
      name: 'a SOA that is too long',
      message: { authority: [{ type: SOA, rdata: Buffer.concat([soaRdata(5), Buffer.from([0])]) }] },
      reason: /does not fit/,
    },
    {
      name: 'a name of 256 octets',
      message: { answers: [{ ...goodCaa, owner: wireName(LONG_LABELS) }] },
      reason: /255 octets/,
    },
    {
      name: 'a label of 64 octets',
      message: {
        answers: [
          { ...goodCaa, owner: Buffer.concat([Buffer.from([64]), Buffer.alloc(64, 97), Buffer.from([0])]) },
        ],
      },
      reason: /unknown type/,
    },
    {
      name: 'a label of the extended type 0x80',
      message: { answers: [{ ...goodCaa, owner: Buffer.from([0x80, 1, 0]) }] },
      reason: /unknown type/,
    },
    {
      name: 'a pointer to itself',
      message: { answers: [{ ...goodCaa, owner: Buffer.from([0xc0, 34]) }] },
      reason: /backwards/,
    },
    {
      name: 'a pointer forwards',
      message: { answers: [{ ...goodCaa, owner: Buffer.from([0xc0, 40]) }] },
      reason: /backwards/,
    },
    {
      name: 'a pointer into the header',
      message: { answers: [{ ...goodCaa, owner: Buffer.from([0xc0, 4]) }] },
      reason: /backwards/,
    },
    {
      name: 'a pointer past the message',
      message: { answers: [{ ...goodCaa, owner: Buffer.from([0xff, 0xff]) }] },
      reason: /backwards/,
    },
    {
      name: 'a pointer into the run of labels that it ends',
      message: { answers: [{ ...goodCaa, owner: Buffer.from([1, 97, 0xc0, 34]) }] },
      reason: /backwards/,
    },
    { name: 'an OPT record among the answers', message: { answers: [optRecord()] }, reason: /out of place/ },
    {
      name: 'two OPT records',
      message: { additional: [optRecord(), optRecord()] },
      reason: /more than one OPT/,
    },
    {
      name: 'an OPT record below a name',
      message: { additional: [{ ...optRecord(), owner: QNAME }] },
      reason: /not at the root/,
    },
    {
      name: 'an EDNS option past its record',
      message: { additional: [optRecord([Buffer.from([0, 15, 0, 9, 0, 6])])] },
      reason: /past its record/,
    },
    {
      name: 'an extended error of one octet',
      message: { additional: [optRecord([Buffer.from([0, 15, 0, 1, 0])])] },
      reason: /too short/,
    },
    {
      name: 'too many extended errors',
      message: { additional: [optRecord(Array.from({ length: 17 }, () => edeOption(3)))] },
      reason: /too many/,
    },
  ])('$name', ({ message, reason }) => {
    const result = readMessage(wireMessage(message));
    expect(result).toEqual({ status: 'malformed', reason: expect.stringMatching(reason) });
  });

  it('an empty message, and a valid one cut at any octet', () => {
    const whole = wireMessage({
      answers: [goodCaa],
      authority: [{ type: SOA, rdata: soaRdata(1) }],
      additional: [optRecord([edeOption(6)])],
    });
    expect(readMessage(whole).status).toBe('ok');
    for (let length = 0; length < whole.length; length++) {
      expect(readMessage(whole.subarray(0, length)).status).toBe('malformed');
    }
  });

  it('thousands of long names by pointers in 64 KiB', () => {
    const deep = Buffer.concat([
      ...Array.from({ length: 127 }, () => Buffer.from([1, 97])),
      Buffer.from([0]),
    ]);
    const questions = [Buffer.concat([wireName('q'), uint16(1), uint16(1)])];
    const first = { type: CNAME, rdata: deep };
    // The first record starts at 19 and its RDATA at 31; all others point there.
    const pointer = Buffer.from([0xc0, 31]);
    const others = Array.from({ length: 4500 }, () => ({ owner: pointer, type: CNAME, rdata: pointer }));
    const result = readMessage(wireMessage({ questions, answers: [first, ...others] }));
    expect(result).toEqual({ status: 'malformed', reason: expect.stringMatching(/too many/) });
  });
});
