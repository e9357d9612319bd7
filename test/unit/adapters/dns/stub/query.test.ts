import { CHECKING_DISABLED, DNSSEC_OK, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { answersQuery, encodeQuery } from '../../../../../shared/adapters/dns/message/query.ts';
import { wireMessage, wireQuestion } from './wire.ts';

const ID = 0x1234;
const query = encodeQuery(['www', 'example', 'test'], 257, ID);
const questions = [wireQuestion('www.example.test', 257)];

describe('encodeQuery', () => {
  it('writes one question, RD and EDNS 1232 with DO, as read by an independent decoder', () => {
    const packet = decode(query.bytes);
    expect(packet).toMatchObject({
      id: ID,
      type: 'query',
      flag_rd: true,
      flag_cd: false,
      flag_ad: false,
      opcode: 'QUERY',
    });
    expect(packet.questions).toEqual([{ name: 'www.example.test', type: 'CAA', class: 'IN' }]);
    expect(packet.additionals).toMatchObject([
      { name: '.', type: 'OPT', udpPayloadSize: 1232, flag_do: true, ednsVersion: 0, options: [] },
    ]);
  });

  it.each([
    { name: 'www.example.test', type: 'CAA', number: 257, checkingDisabled: false },
    { name: '_acme-challenge.MiXed.example.test', type: 'TXT', number: 16, checkingDisabled: true },
    { name: `${'x'.repeat(63)}.test`, type: 'DS', number: 43, checkingDisabled: false },
    { name: '.', type: 'DNSKEY', number: 48, checkingDisabled: true },
  ] as const)('writes the same bytes as another encoder: $name $type', (row) => {
    const { name, type, number, checkingDisabled } = row;
    const expected = encode({
      id: ID,
      flags: checkingDisabled ? RECURSION_DESIRED | CHECKING_DISABLED : RECURSION_DESIRED,
      questions: [{ name, type, class: 'IN' }],
      additionals: [
        {
          name: '.',
          type: 'OPT',
          udpPayloadSize: 1232,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: DNSSEC_OK,
          flag_do: true,
          options: [],
        },
      ],
    });
    const labels = name === '.' ? [] : name.split('.');
    expect(encodeQuery(labels, number, ID, checkingDisabled).bytes.toString('hex')).toBe(
      expected.toString('hex'),
    );
  });

  it('ends with the OPT record, and keeps the case of an alias target', () => {
    const { bytes, questionEnd } = encodeQuery(['MiXed'], 1, 0);
    expect(bytes.length).toBe(questionEnd + 11);
    expect(bytes.toString('latin1', 13, 18)).toBe('MiXed');
  });
});

describe('answersQuery', () => {
  it.each([
    { name: 'the same id and question', response: wireMessage({ id: ID, questions }), accepted: true },
    {
      name: 'a response with an error code',
      response: wireMessage({ id: ID, questions, flags: 0x8182 }),
      accepted: true,
    },
    { name: 'another id', response: wireMessage({ id: ID + 1, questions }), accepted: false },
    {
      name: 'the id with its octets swapped',
      response: wireMessage({ id: 0x3412, questions }),
      accepted: false,
    },
    {
      name: 'a query instead of a response',
      response: wireMessage({ id: ID, questions, flags: 0x0100 }),
      accepted: false,
    },
    { name: 'another opcode', response: wireMessage({ id: ID, questions, flags: 0x8980 }), accepted: false },
    {
      name: 'another name',
      response: wireMessage({ id: ID, questions: [wireQuestion('wwx.example.test', 257)] }),
      accepted: false,
    },
    {
      name: 'the name in other letter case',
      response: wireMessage({ id: ID, questions: [wireQuestion('wWw.example.test', 257)] }),
      accepted: false,
    },
    {
      name: 'a longer name',
      response: wireMessage({ id: ID, questions: [wireQuestion('www.example.test.x', 257)] }),
      accepted: false,
    },
    {
      name: 'a label with a dot instead of two labels',
      response: wireMessage({
        id: ID,
        questions: [
          Buffer.concat([
            Buffer.from([11]),
            Buffer.from('www.example'),
            Buffer.from([4]),
            Buffer.from('test'),
            Buffer.from([0, 1, 1, 0, 1]),
          ]),
        ],
      }),
      accepted: false,
    },
    {
      name: 'another type',
      response: wireMessage({ id: ID, questions: [wireQuestion('www.example.test', 256)] }),
      accepted: false,
    },
    {
      name: 'another class',
      response: wireMessage({ id: ID, questions: [wireQuestion('www.example.test', 257, 0x8001)] }),
      accepted: false,
    },
    { name: 'no question', response: wireMessage({ id: ID, questions: [] }), accepted: false },
    { name: 'an empty response', response: Buffer.alloc(0), accepted: false },
    { name: 'the id alone', response: Buffer.from([0x12, 0x34]), accepted: false },
  ])('returns $accepted for $name', ({ response, accepted }) => {
    expect(answersQuery(response, query)).toBe(accepted);
  });
});
