import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { detailsSchema, toDetailsWire } from '../../../../shared/contract/api/details-wire.ts';
import { detailsCodec, nameObservationCodec } from '../../../../shared/contract/evidence/details.ts';
import {
  type Check,
  CONTACT_METHODS,
  methodOf,
  VALIDATION_METHODS,
} from '../../../../shared/domain/check/check.ts';
import {
  type CheckDetails,
  checkDetailsSchema,
  nameObservationSchema,
} from '../../../../shared/domain/check/check-result.ts';
import { arbitraryOf } from '../../../support/arbitrary.ts';
import { buildCheck, buildDcvCheck, buildHttpDcvDetails } from '../../../support/builders.ts';

const DETAILS = arbitraryOf(checkDetailsSchema);
const MEMBER = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/** Names of all members at any depth. */
function namesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(namesIn)];
}

describe('What a perspective saw, in snake_case', () => {
  it('is read as it was, and fits the schema of the written form', () => {
    fc.assert(
      fc.property(DETAILS, (details) => {
        const wire = detailsCodec.encode(details);
        expect(detailsCodec.schema.parse(wire)).toEqual(wire);
        expect(detailsCodec.decode(wire)).toEqual(details);
      }),
    );
    fc.assert(
      fc.property(arbitraryOf(nameObservationSchema), (seen) => {
        expect(nameObservationCodec.decode(nameObservationCodec.encode(seen))).toEqual(seen);
      }),
    );
  });

  it('has members in snake_case alone, at every depth', () => {
    fc.assert(
      fc.property(DETAILS, (details) => {
        expect(namesIn(detailsCodec.encode(details)).filter((name) => !MEMBER.test(name))).toEqual([]);
      }),
    );
  });

  it('has its members in the order of the schema, whatever the order of the value', () => {
    const details = buildHttpDcvDetails();
    const reversed = Object.fromEntries(Object.entries(details).reverse()) as unknown as typeof details;
    expect(JSON.stringify(detailsCodec.encode(reversed))).toBe(JSON.stringify(detailsCodec.encode(details)));
  });

  it('of a kind that is not known is left as it is', () => {
    const unknown = { kind: 'smoke-signal', seenFrom: 'afar' };
    expect(detailsCodec.encode(unknown as unknown as { kind: 'none' })).toEqual(unknown);
  });
});

describe('The details of an answer', () => {
  const dcv = buildDcvCheck();
  const checks: fc.Arbitrary<Check> = fc.constantFrom(
    buildCheck(),
    ...VALIDATION_METHODS.map((method) => ({ ...dcv, dcv: { method } }) as unknown as Check),
    ...CONTACT_METHODS.map(
      (method): Check => ({ checkType: 'contacts', target: dcv.target, contacts: { method } }),
    ),
  );
  /** Mostly of the check's own method: those of another one are not shown. */
  const ofMethod = (check: Check, details: z.infer<typeof checkDetailsSchema>): CheckDetails =>
    check.checkType !== 'caa' && 'method' in details
      ? ({ ...details, method: methodOf(check) } as CheckDetails)
      : details;

  it('fit their schema and have its member order, whatever check they are of and whatever was seen', () => {
    fc.assert(
      fc.property(checks, DETAILS, fc.integer({ min: -1, max: 1e13 }), (check, details, completedAt) => {
        const wire = toDetailsWire(check, ofMethod(check, details), completedAt);
        expect(JSON.stringify(detailsSchema.parse(wire))).toBe(JSON.stringify(wire));
      }),
      { numRuns: 500 },
    );
  });
});
