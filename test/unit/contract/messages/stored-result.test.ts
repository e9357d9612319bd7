import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStoredResult, serialiseResult } from '../../../../shared/contract/messages/stored-result.ts';
import { MAX_RESULT_BYTES } from '../../../../shared/domain/check/check-result.ts';
import { type StoredResult, storedResultSchema } from '../../../../shared/domain/check/stored-result.ts';
import {
  buildCaaDetails,
  buildCheckResult,
  buildDnsDcvDetails,
  buildDnsEvidence,
  buildHttpDcvDetails,
  buildTlsAlpnDetails,
} from '../../../support/builders.ts';

const RESULT = buildCheckResult();
const TEXT = serialiseResult(RESULT);
const GOOD = JSON.parse(TEXT) as Record<string, unknown>;

const read = (text: string | undefined): StoredResult => readStoredResult(text, RESULT.requestId, RESULT);
/** The text of a result with other members, as somebody writes it who keeps no bounds. */
const withMembers = (members: Record<string, unknown>) => JSON.stringify({ ...GOOD, ...members });
const withDetails = (members: Record<string, unknown>) =>
  withMembers({ details: { ...buildCaaDetails(), ...members } });
const withDns = (members: Record<string, unknown>) =>
  withDetails({ dns: { ...buildDnsEvidence(), ...members } });

describe('A result of ours', () => {
  it.each([
    { name: 'of a CAA check', details: buildCaaDetails() },
    { name: 'of a DNS method', details: buildDnsDcvDetails() },
    { name: 'of an HTTP method', details: buildHttpDcvDetails() },
    { name: 'of TLS-ALPN', details: buildTlsAlpnDetails() },
    { name: 'without details', details: { kind: 'none' } },
    {
      name: 'with the proof of insecurity and what was shown about a failed lookup',
      details: buildCaaDetails({
        dns: buildDnsEvidence({ dnssec: 'insecure', insecurity: { at: 'example.test.', by: 'no-ds' } }),
        lookupFailures: [
          {
            name: 'www.example.test',
            retried: true,
            faultOutside: true,
            controlName: 'iana.org',
            security: 'insecure',
            insecurity: { at: 'example.test.', by: 'no-ds' },
          },
        ],
      }),
    },
  ] as const)('$name is read as it was made, with digest and length of its text', ({ details }) => {
    const result = buildCheckResult({ details });
    const text = serialiseResult(result);
    expect(readStoredResult(text, result.requestId, result)).toEqual({
      status: 'readable',
      perspective: result.perspective,
      attempt: 1,
      digest: createHash('sha256').update(text).digest('hex'),
      bytes: Buffer.byteLength(text),
      result,
    });
  });

  it.each([
    { name: 'longer messages are cut', error: { type: 't', message: 'm'.repeat(3_000) }, length: 2_000 },
    {
      name: 'half a surrogate pair is replaced',
      error: { type: 't', message: 'a\ud800b' },
      length: 3,
    },
    {
      name: 'a pair is not cut in two',
      error: { type: 't', message: `${'m'.repeat(1_999)}😀` },
      length: 2_000,
    },
  ])('is fitted before it is stored: $name', ({ error, length }) => {
    const result = buildCheckResult({ errors: Array(20).fill(error), recorder: 'r'.repeat(1_000) });
    const stored = readStoredResult(serialiseResult(result), result.requestId, result);
    if (stored.status === 'unreadable') throw new Error(stored.problem);
    expect(stored.result.errors).toHaveLength(16);
    expect(stored.result.errors[0]?.message).toHaveLength(length);
    expect(stored.result.recorder).toHaveLength(600);
  });

  it('of the version before is read: its contract lies beside it, and it called one status otherwise', () => {
    const { contract: _, ...before } = JSON.parse(withDns({ dnssec: 'unvalidated' }));
    expect(read(JSON.stringify(before))).toMatchObject({
      status: 'readable',
      result: { details: { dns: { dnssec: 'not validated' } } },
    });
  });

  it('of a later minor version is read, members that are not known left out', () => {
    expect(read(withMembers({ contract: '1.99', addedLater: { any: 'thing' } }))).toMatchObject({
      status: 'readable',
      result: RESULT,
    });
  });
});

describe('A word of a later version for what was seen', () => {
  const later = (details: Record<string, unknown>, members: Record<string, unknown> = {}) => ({
    contract: '1.99',
    details: { ...buildCaaDetails(), ...details },
    ...members,
  });
  const failure = {
    name: 'www.example.test',
    retried: true,
    faultOutside: true,
    controlName: 'iana.org',
    security: 'insecure',
    insecurity: { at: 'example.test.', by: 'no-ds' },
  };
  const seen = { type: 'CNAME', name: 'a.', expected: 'b.', seen: ['b.'], rcode: 0, dnssec: 'secure' };
  const CASES = [
    {
      name: 'a reason',
      members: later({ reason: 'because-of-the-moon' }),
      readAs: { details: { reason: 'of-a-later-version' } },
    },
    {
      name: 'a DNSSEC status, which counts as none',
      members: later({ dns: { ...buildDnsEvidence(), dnssec: 'half-secure' } }),
      readAs: { details: { dns: { dnssec: 'not validated' } } },
    },
    {
      name: 'a DNSSEC status of a record on the way',
      members: later({}, { adnLookups: [seen, { ...seen, dnssec: 'half-secure' }] }),
      readAs: { adnLookups: [{ dnssec: 'secure' }, { dnssec: 'not validated' }] },
    },
    {
      name: 'a proof of insecurity, which is then none',
      members: later({
        dns: { ...buildDnsEvidence(), dnssec: 'insecure', insecurity: { at: 'example.test.', by: 'magic' } },
      }),
      readAs: { details: { dns: { dnssec: 'insecure' } } },
    },
    {
      name: 'what is known of a failed lookup, with its proof',
      members: later({
        lookupFailures: [{ ...failure, security: 'odd', insecurity: { at: 'a.', by: 'magic' } }],
      }),
      readAs: { details: { lookupFailures: [{ security: 'unknown' }] } },
    },
  ];

  it.each(CASES)('costs no vote: $name', ({ members, readAs }) => {
    const found = read(withMembers(members));
    expect(found).toMatchObject({ status: 'readable', result: readAs });
    expect(JSON.stringify(found)).not.toContain('magic');
  });

  it.each(CASES)('is out of bounds in a result of this version: $name', ({ members }) => {
    for (const contract of ['1.1', '1.0', '0.9', 'x'])
      expect(read(withMembers({ ...members, contract }))).toMatchObject({ status: 'unreadable' });
  });

  const NESTED = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const nestedAt = (member: string) =>
    TEXT.replace(/"contract":"[^"]*"/, `"contract":"1.99","${member}":${NESTED}`);

  it('is looked for without following what is nested without end', () => {
    expect(read(nestedAt('addedLater'))).toMatchObject({ status: 'readable', result: RESULT });
    expect(read(nestedAt('adnLookups'))).toMatchObject({ status: 'unreadable' });
  });

  it('is looked for in the first problems only, however many there are', () => {
    const looked = Array.from({ length: 50_000 }, () => 0);
    expect(read(withMembers({ contract: '1.99', adnLookups: looked }))).toMatchObject({
      status: 'unreadable',
    });
  });

  it.each([
    { name: 'another kind of check', members: later({}, { checkType: 'dns' }) },
    { name: 'other details', members: later({ kind: 'later' }) },
    { name: 'a vote that is neither yes nor no', members: later({}, { passed: 'maybe' }) },
    { name: 'a word among others that are out of bounds', members: later({ reason: 'x', foundAt: 7 }) },
  ])('makes no result of what is none: $name', ({ members }) => {
    expect(read(withMembers(members))).toMatchObject({ status: 'unreadable' });
  });
});

describe('What is not a result', () => {
  const LONG = 'x'.repeat(300 * 1024);
  it.each<{ name: string; text: string | undefined }>([
    { name: 'nothing', text: undefined },
    { name: 'an empty text', text: '' },
    { name: 'no JSON', text: '{"requestId":' },
    { name: 'a number', text: '1e300' },
    { name: 'null', text: 'null' },
    { name: 'a list', text: '[]' },
    { name: 'nesting without end', text: '['.repeat(200_000) },
    { name: 'nested lists, well-formed', text: `${'['.repeat(100_000)}${']'.repeat(100_000)}` },
    { name: 'another major version', text: withMembers({ contract: '9.0' }) },
    { name: 'a version that is not text', text: withMembers({ contract: 1 }) },
    { name: 'the result of another perspective', text: withMembers({ perspective: 'elsewhere' }) },
    { name: 'the result of another request', text: withMembers({ requestId: 'another' }) },
    { name: 'the result of another attempt', text: withMembers({ attempt: 2 }) },
    { name: 'half of an attempt', text: withMembers({ attempt: 1.5 }) },
    { name: 'another type of check', text: withMembers({ checkType: 'x' }) },
    { name: 'a time beyond any clock', text: TEXT.replace(/"completedAt":\d+/, '"completedAt":1e300') },
    {
      name: 'a time of more digits than numbers have',
      text: TEXT.replace(/"completedAt":\d+/, '"completedAt":1e999'),
    },
    { name: 'a time after the year 9999', text: withMembers({ completedAt: 253_402_300_800_000 }) },
    { name: 'a time before 1970', text: withMembers({ completedAt: -1 }) },
    { name: 'a fraction of a time', text: withMembers({ startedAt: 0.5 }) },
    { name: 'NaN as a time', text: withMembers({ completedAt: Number.NaN }) },
    { name: 'a word as a time', text: withMembers({ completedAt: '2026-07-01' }) },
    { name: 'a word as a vote', text: withMembers({ corroborates: 'yes' }) },
    { name: 'a missing vote', text: withMembers({ passed: undefined }) },
    { name: 'an error type of 300 KB', text: withMembers({ errors: [{ type: LONG, message: 'm' }] }) },
    {
      name: 'an error type of 201 characters',
      text: withMembers({ errors: [{ type: 't'.repeat(201), message: 'm' }] }),
    },
    {
      name: 'an error type with a line break',
      text: withMembers({ errors: [{ type: 'a\nb', message: 'm' }] }),
    },
    {
      name: 'an error message of 2,001 characters',
      text: withMembers({ errors: [{ type: 't', message: 'm'.repeat(2_001) }] }),
    },
    { name: 'seventeen errors', text: withMembers({ errors: Array(17).fill({ type: 't', message: 'm' }) }) },
    { name: 'an error without a message', text: withMembers({ errors: [{ type: 't', message: '' }] }) },
    { name: 'no recorder', text: withMembers({ recorder: '' }) },
    { name: 'a recorder of 601 characters', text: withMembers({ recorder: 'r'.repeat(601) }) },
    { name: 'a network that is not one', text: withMembers({ allowedNetworks: ['anywhere'] }) },
    { name: '257 networks', text: withMembers({ allowedNetworks: Array(257).fill('10.0.0.0/8') }) },
    { name: 'details of an unknown kind', text: withMembers({ details: { kind: 'x' } }) },
    { name: 'details with the kind and nothing else', text: withMembers({ details: { kind: 'caa' } }) },
    { name: 'details that come by way of a prototype', text: TEXT.replace('"details":', '"__proto__":') },
    { name: 'a DNSSEC status that does not exist', text: withDns({ dnssec: 'fine' }) },
    {
      name: 'a proof of insecurity that does not exist',
      text: withDns({ insecurity: { at: 'a.', by: 'hearsay' } }),
    },
    { name: 'a TTL of more than 32 bits', text: withDns({ ttl: 2 ** 32 }) },
    { name: 'a negative number of tries', text: withDns({ tries: -1 }) },
    { name: 'an alias chain of 65 names', text: withDns({ cnameChain: Array(65).fill('a.') }) },
    { name: 'a name longer than names are', text: withDns({ cnameChain: ['a'.repeat(1_101)] }) },
    { name: 'a record longer than any answer', text: withDetails({ recordsSeen: ['x'.repeat(65_537)] }) },
    {
      name: 'records longer together than any answer',
      text: withDetails({ recordsSeen: Array(3).fill('x'.repeat(30_000)) }),
    },
    { name: 'records that are lists', text: withDetails({ recordsSeen: [[[['x']]]] }) },
    { name: '6,001 records', text: withDetails({ recordsSeen: Array(6_001).fill('') }) },
    {
      name: 'a page that is not base64',
      text: withMembers({ details: buildHttpDcvDetails({ page: '<html>' }) }),
    },
    {
      name: '33 hops',
      text: withMembers({
        details: { ...buildHttpDcvDetails(), hops: Array(33).fill(buildHttpDcvDetails().hops[0]) },
      }),
    },
    {
      name: 'a fingerprint that is not one',
      text: withMembers({ details: buildTlsAlpnDetails({ certificateSha256: 'AB' }) }),
    },
    { name: 'half a surrogate pair', text: withDetails({ foundAt: '\ud800' }) },
    { name: 'half a surrogate pair as it stands', text: TEXT.replace('example.test', '\udfff') },
    { name: 'half a surrogate pair in a member nobody reads', text: withMembers({ other: '\udc00' }) },
    {
      name: 'a good result among 256 KiB of other members',
      text: withMembers({ other: 'x'.repeat(MAX_RESULT_BYTES) }),
    },
    {
      name: 'a good result among 256 KiB of long characters',
      text: withMembers({ other: '€'.repeat(MAX_RESULT_BYTES / 3) }),
    },
  ])('$name is the lost vote of its perspective', ({ text }) => {
    const stored = read(text);
    expect(stored).toEqual({
      status: 'unreadable',
      perspective: RESULT.perspective,
      attempt: 1,
      digest: createHash('sha256')
        .update(text ?? '')
        .digest('hex'),
      bytes: Buffer.byteLength(text ?? ''),
      problem: expect.stringMatching(/^[\x20-\x7e]{5,500}$/),
    });
    expect(storedResultSchema.parse(stored)).toEqual(stored);
  });

  it('says which member is wrong and not what it holds', () => {
    const stored = read(withMembers({ recorder: ['secret'], errors: 'secret' }));
    expect(stored).toMatchObject({
      problem: 'members are missing or out of bounds: recorder (invalid_type), errors (invalid_type)',
    });
  });

  it('a text with an escaped backslash before what looks like half a pair is a text like any other', () => {
    const details = buildDnsDcvDetails({ recordsSeen: ['\\ud800', '\\\\ud800', 'a\\\\\\ud800 😀'] });
    const result = buildCheckResult({ details });
    expect(readStoredResult(serialiseResult(result), result.requestId, result)).toMatchObject({
      status: 'readable',
      result,
    });
  });

  it('reading is total: whatever the text, it is a result within bounds or a lost vote', () => {
    const member = fc.constantFrom(
      ...Object.keys(GOOD),
      ...Object.keys(buildCaaDetails()),
      '__proto__',
      'kind',
      'x',
    );
    const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
    const mutated = fc
      .tuple(fc.dictionary(member, json), fc.dictionary(member, json))
      .map(([members, details]) =>
        JSON.stringify({ ...GOOD, ...members, details: { ...buildCaaDetails(), ...details } }),
      );
    const cut = fc.nat(TEXT.length).map((length) => TEXT.slice(0, length));
    const other = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), mutated, cut);
    fc.assert(
      fc.property(other, (text) => {
        const stored = read(text);
        expect(storedResultSchema.parse(stored)).toEqual(stored);
      }),
      { numRuns: 2_000 },
    );
  });
});
