import { afterAll, describe, expect, it } from 'vitest';
import { ACME_HTTP_CASES } from './cases-acme-http.ts';
import { BODY_CASES } from './cases-bodies.ts';
import { CAA_CASES } from './cases-caa.ts';
import { CAA_LIMIT_CASES } from './cases-caa-limits.ts';
import { CONTACTS_CASES } from './cases-contacts.ts';
import { DNS_CONTACT_CASES } from './cases-dns-contacts.ts';
import { DNS_VALUE_CASES } from './cases-dns-values.ts';
import { HTTP_CASES } from './cases-http.ts';
import { JOB_CASES } from './cases-jobs.ts';
import { MEMBER_CASES } from './cases-members.ts';
import { ORDER_CASES } from './cases-order.ts';
import { REFUSAL_CASES } from './cases-refusals.ts';
import { TLS_CASES } from './cases-tls.ts';
import { VOTE_CASES } from './cases-votes.ts';
import { WEB_CASES } from './cases-web.ts';
import { CODES_OF_ANSWERS, NOT_RECORDED } from './catalogue.ts';
import { play } from './play.ts';
import { IS_RECORDING, lineOf, Recording, readable } from './recording.ts';

const CASES = [
  ...CAA_CASES,
  ...CAA_LIMIT_CASES,
  ...DNS_VALUE_CASES,
  ...DNS_CONTACT_CASES,
  ...WEB_CASES,
  ...ACME_HTTP_CASES,
  ...TLS_CASES,
  ...BODY_CASES,
  ...MEMBER_CASES,
  ...REFUSAL_CASES,
  ...ORDER_CASES,
  ...VOTE_CASES,
  ...JOB_CASES,
  ...HTTP_CASES,
  ...CONTACTS_CASES,
];
const NAMES = CASES.map(({ name }) => name);

/**
 * What the service says to a set of requests, byte for byte, and what it puts on record: a change of its inside changes
 * none of it. An intended change is recorded anew with `WIRE_RECORD=1`.
 */
describe('The recording of the wire', () => {
  const answers = new Recording('answers.jsonl');
  const records = new Recording('records.jsonl');
  afterAll(() => {
    if (!IS_RECORDING) return;
    for (const recording of [answers, records]) recording.save(NAMES);
  });

  it.each(CASES.map((wireCase) => [wireCase.name, wireCase] as const))('%s', async (name, wireCase) => {
    const { exchanges, ...rest } = await play(wireCase);
    expectSame(answers, name, lineOf(name, { exchanges }));
    expectSame(records, name, lineOf(name, rest));
  });

  it.skipIf(IS_RECORDING)('has one line for each case, and no other', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
    for (const recording of [answers, records]) expect(recording.names.toSorted()).toEqual(NAMES.toSorted());
  });

  it('has every code that an answer can hold, but for those that no case can bring about', () => {
    const { text } = answers;
    const missing = CODES_OF_ANSWERS.filter((code) => !text.includes(`\\"${code}\\"`));
    expect(missing.toSorted()).toEqual(Object.keys(NOT_RECORDED).toSorted());
  });
});

function expectSame(recording: Recording, name: string, line: string): void {
  if (IS_RECORDING) {
    recording.put(name, line);
    return;
  }
  const recorded = recording.line(name);
  if (recorded === undefined)
    throw new Error(`"${name}" is not in the recording; make it with WIRE_RECORD=1`);
  if (line === recorded) return;
  expect(readable(line)).toBe(readable(recorded));
  expect(line).toBe(recorded);
}
