import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  evidenceAttribute,
  isEvidencePart,
  joinEvidence,
  packEvidence,
  readEvidenceAttribute,
  type SpilledEvidence,
} from '../../../../shared/adapters/aws/frozen-evidence.ts';
import { resultItemKey } from '../../../../shared/adapters/aws/result-item.ts';
import type { Item } from '../../../../shared/adapters/aws/store-call.ts';
import { UnreadableItemError } from '../../../../shared/adapters/aws/stored-version.ts';
import {
  buildCheckResult,
  buildDnsDcvDetails,
  buildStored,
  SIX_CODES,
  unreadable,
} from '../../../support/builders.ts';

const ID = '01978f00-0000-7000-8000-000000000001';
const SMALL = [buildStored(buildCheckResult({ requestId: ID })), unreadable(SIX_CODES[1])];

/** The largest possible number of perspectives, each with the largest possible evidence. */
const largest = () =>
  Array.from({ length: 64 }, (_, index) => {
    const recordsSeen = [randomBytes(48 * 1024).toString('base64')];
    const perspective = `p${index}`;
    const details = buildDnsDcvDetails({ recordsSeen });
    return buildStored(buildCheckResult({ requestId: ID, perspective, checkType: 'dcv', details }));
  });

const inItem = (attribute: Item[string]): Item => ({ [evidenceAttribute(1)]: attribute });
const read = (attribute: Item[string]) => readEvidenceAttribute(inItem(attribute), 1, 'request x');

function spill(results = largest()) {
  const packed = packEvidence(ID, 1, results);
  return { ...packed, results, pointer: read(packed.attribute) as SpilledEvidence };
}

const keyOf = (part: Item | undefined): Item[string] => part?.request_id ?? null;
const sizeOf = (data: unknown) => (data instanceof Uint8Array ? data.length : Number.NaN);

describe('Evidence of a verdict', () => {
  it('is one small attribute for an ordinary request', () => {
    const { attribute, parts } = packEvidence(ID, 1, SMALL);
    expect(parts).toEqual([]);
    expect(sizeOf(attribute)).toBeLessThan(1_000);
    expect(read(attribute)).toEqual(SMALL);
  });

  it('has a separate attribute per attempt', () => {
    expect(readEvidenceAttribute(inItem(packEvidence(ID, 1, SMALL).attribute), 2, 'request x')).toBeNull();
  });

  it('of the largest cohort is stored in separate items within the item limit', () => {
    const { parts, pointer, results } = spill();
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts) {
      expect(sizeOf(part.data)).toBeLessThanOrEqual(350 * 1024);
      expect(isEvidencePart(part)).toBe(true);
    }
    expect(pointer).toMatchObject({ attempt: 1, parts: parts.length });
    expect(joinEvidence(ID, pointer, [...parts].reverse())).toEqual(results);
  });

  it('has keys that depend on its content, so that processes do not overwrite each other', () => {
    const keysOf = (parts: readonly Item[]) => parts.map(({ request_id }) => request_id);
    const [one, other] = [spill(), spill()];
    expect(keysOf(one.parts).filter((key) => keysOf(other.parts).includes(key))).toEqual([]);
  });

  it('has keys that differ from those of results, which perspectives may write', () => {
    const [part = {}] = spill().parts;
    expect(part).not.toHaveProperty('pk');
    expect(isEvidencePart(resultItemKey(ID, { perspective: 'fra', attempt: 1 }))).toBe(false);
    expect(isEvidencePart({ request_id: ID })).toBe(false);
  });

  it.each<{ name: string; attribute: Item[string] }>([
    { name: 'bytes that are not packed', attribute: Buffer.from('[]') },
    { name: 'truncated packed bytes', attribute: deflateSync('[]').subarray(0, 5) },
    { name: 'packed text that is not JSON', attribute: deflateSync('[') },
    { name: 'JSON that is not a list of results', attribute: deflateSync('[{"status":"readable"}]') },
    {
      name: 'more evidence than any request can have',
      attribute: deflateSync(`[${' '.repeat(17 * 1024 * 1024)}]`),
    },
    { name: 'text', attribute: '[]' },
    { name: 'a pointer without a digest', attribute: { parts: 1 } },
    { name: 'a pointer to no parts', attribute: { sha256: 'a'.repeat(64), parts: 0 } },
    {
      name: 'a pointer to too many parts',
      attribute: { sha256: 'a'.repeat(64), parts: 1e9 },
    },
  ])('rejects $name', ({ attribute }) => {
    expect(() => read(attribute)).toThrow(UnreadableItemError);
  });

  it.each<{ name: string; spoil: (parts: readonly Item[]) => readonly Item[] }>([
    { name: 'a missing part', spoil: (parts) => parts.slice(1) },
    { name: 'a part without data', spoil: ([{ data: _, ...part } = {}, ...parts]) => [part, ...parts] },
    {
      name: 'a changed part',
      spoil: ([part, ...parts]) => [{ ...part, data: randomBytes(sizeOf(part?.data)) }, ...parts],
    },
    {
      name: 'valid parts of other evidence',
      spoil: (parts) => spill().parts.map((other, index) => ({ ...other, request_id: keyOf(parts[index]) })),
    },
  ])('rejects $name', ({ spoil }) => {
    const { parts, pointer } = spill();
    expect(() => joinEvidence(ID, pointer, spoil(parts))).toThrow(UnreadableItemError);
  });
});
