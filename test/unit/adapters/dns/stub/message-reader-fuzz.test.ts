import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../../shared/adapters/dns/message/message-reader.ts';
import { caaRdata, edeOption, optRecord, QNAME, soaRdata, wireMessage, wireName } from './wire.ts';

const CNAME = 5;
const SOA = 6;
const TXT = 16;
const AAAA = 28;
const CAA = 257;
const goodCaa = { type: CAA, rdata: caaRdata(0, 'issue', 'ca.example') };

const CANNOT = 'the message cannot be read';

describe('readMessage: arbitrary input', () => {
  it('never throws, and never fails internally, on arbitrary octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => {
        const result = readMessage(Buffer.from(octets));
        expect(result.status === 'malformed' && result.reason === CANNOT).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws, and never fails internally, on arbitrary octets after a valid question', () => {
    const type = fc.constantFrom(1, 5, 6, 12, 16, 28, 39, 41, 43, 47, 50, 257, 999);
    const owner = fc.oneof(
      fc.constant(QNAME),
      fc.uint8Array({ maxLength: 12 }).map((octets) => Buffer.from(octets)),
    );
    const rdata = fc.uint8Array({ maxLength: 60 }).map((octets) => Buffer.from(octets));
    const record = fc.record({ owner, type, rdata });
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 5 }),
        fc.array(record, { maxLength: 2 }),
        (answers, additional) => {
          const result = readMessage(wireMessage({ answers, additional }));
          expect(result.status === 'malformed' && result.reason === CANNOT).toBe(false);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('never throws on a valid message with some octets changed, and keeps its limits', () => {
    const good = wireMessage({
      answers: [
        { type: CNAME, rdata: wireName('t.example.net') },
        { ...goodCaa, owner: Buffer.from([0xc0, 46]) },
        { type: TXT, rdata: Buffer.from([2, 97, 98, 1, 99]) },
        { type: AAAA, rdata: Buffer.alloc(16, 1) },
      ],
      authority: [{ type: SOA, rdata: soaRdata(60) }],
      additional: [optRecord([edeOption(22, 'text')])],
    });
    expect(readMessage(good).status).toBe('ok');
    const change = fc.tuple(fc.nat({ max: good.length - 1 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat({ max: 5 }), (changes, cut) => {
        const bytes = Buffer.from(good.subarray(0, good.length - cut));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const result = readMessage(bytes);
        if (result.status === 'malformed') {
          expect(result.reason).not.toBe(CANNOT);
          return;
        }
        for (const { owner } of result.message.answers) {
          expect(owner.reduce((octets, label) => octets + label.length + 1, 1)).toBeLessThanOrEqual(255);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with an independent decoder on the output of an independent encoder', () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,20}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
    const caa = fc.record({
      flags: fc.constantFrom(0, 1, 128, 255),
      tag: fc.constantFrom('issue', 'issuewild', 'iodef'),
      value: fc.stringMatching(/^[ -~]{0,80}$/),
    });
    fc.assert(
      fc.property(name, fc.array(caa, { maxLength: 8 }), (qname, properties) => {
        const bytes = encode({
          type: 'response',
          questions: [{ name: qname, type: 'CAA', class: 'IN' }],
          answers: properties.map((data) => ({ name: qname, type: 'CAA', ttl: 5, data })),
        });
        const result = readMessage(bytes);
        if (result.status !== 'ok') throw new Error(result.reason);
        const seen = result.message.answers.map(({ view }) => (view?.kind === 'caa' ? view.caa : null));
        const theirs = (decode(bytes).answers ?? []).map((answer) => ('data' in answer ? answer.data : null));
        expect(seen.map((one) => one?.value)).toEqual(properties.map(({ value }) => value));
        expect(theirs.length).toBe(seen.length);
      }),
      { numRuns: 200 },
    );
  });
});
