import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VALIDATION_METHODS } from '../../../shared/domain/check/check.ts';
import { METHOD_RULES } from '../../../shared/domain/dcv/methods.ts';
import {
  caaUsableUntil,
  corroborationUsableUntil,
  type Validation,
  validationUsableUntil,
} from '../../../shared/domain/mpic/usable-until.ts';
import { rulesAt } from '../../../shared/domain/rules/rules.ts';

const DAY_MS = 86_400_000;
const utc = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);
const shown = (time: number | null) => (time === null ? null : new Date(time).toISOString());

function validation(startedAt: string, changes: Partial<Validation> = {}): Validation {
  return {
    startedAt: utc(startedAt),
    methods: ['dns-change'],
    certificateType: 'tls-server',
    persistUntil: null,
    ...changes,
  };
}

describe('how long a validation may be used (TLS BR 4.2.1 [reuse])', () => {
  it.each<{ name: string; validation: Validation; until: string | null }>([
    {
      name: 'UE-01 a validation whose 200 days end before the limit becomes 100 may be used for 200 days',
      validation: validation('2026-08-01 00:00:00'),
      until: '2027-02-17T00:00:00.000Z',
    },
    {
      name: 'UE-02 a validation older than 100 days on 2027-03-15 ends the day before',
      validation: validation('2026-11-29 10:00:00'),
      until: '2027-03-14T23:59:59.000Z',
    },
    {
      name: 'UE-03 a validation less than 100 days old on 2027-03-15 may be used for 100 days',
      validation: validation('2026-12-10 00:00:00'),
      until: '2027-03-20T00:00:00.000Z',
    },
    {
      name: 'UE-04 a validation ends with its method',
      validation: validation('2026-12-10 00:00:00', { methods: ['contact-phone-txt'] }),
      until: '2027-03-14T23:59:59.000Z',
    },
    {
      name: 'UE-05 a persistent record may be used for 10 days',
      validation: validation('2026-11-29 10:00:00', { methods: ['dns-persistent'] }),
      until: '2026-12-09T10:00:00.000Z',
    },
    {
      name: 'TU-02 the limit of 10 days applies from its first day',
      validation: validation('2029-03-01 00:00:00'),
      until: '2029-03-14T23:59:59.000Z',
    },
    {
      name: 'TU-02 a validation of the last 10 days before the limit becomes 10 may be used beyond that day',
      validation: validation('2029-03-10 00:00:00'),
      until: '2029-03-20T00:00:00.000Z',
    },
    {
      name: 'TU-02 the limit counts from the second at which the validation started',
      validation: validation('2026-08-01 12:34:56'),
      until: '2027-02-17T12:34:56.000Z',
    },
    {
      name: 'TU-02 a fraction of a second at the start is not added at the end',
      validation: validation('2026-08-01 12:34:56.789'),
      until: '2027-02-17T12:34:56.000Z',
    },
    {
      name: 'TU-02 a validation before 2026-03-15 with its 398 days is cut to 200 days',
      validation: validation('2026-03-14 00:00:00'),
      until: '2026-09-30T00:00:00.000Z',
    },
    {
      name: 'TU-02 a validation by a method after its end date may not be used',
      validation: validation('2027-03-15 00:00:00', { methods: ['contact-phone-caa'] }),
      until: null,
    },
    {
      name: 'TU-02 the earlier end of two methods counts',
      validation: validation('2027-03-01 00:00:00', { methods: ['dns-change', 'reverse-address-lookup'] }),
      until: '2027-03-14T23:59:59.000Z',
    },
    {
      name: 'TU-03 a persistent record may be used until its persistUntil, that second included',
      validation: validation('2026-11-29 10:00:00', {
        methods: ['dns-persistent'],
        persistUntil: utc('2026-12-01 00:00:00'),
      }),
      until: '2026-12-01T00:00:00.000Z',
    },
    {
      name: 'TU-03 a persistUntil in the second at which the validation started allows that second only',
      validation: validation('2026-11-29 10:00:00', {
        methods: ['dns-persistent'],
        persistUntil: utc('2026-11-29 10:00:00'),
      }),
      until: '2026-11-29T10:00:00.000Z',
    },
    {
      name: 'TU-03 a persistUntil after the 10 days does not extend them',
      validation: validation('2026-11-29 10:00:00', {
        methods: ['dns-persistent'],
        persistUntil: utc('2027-12-01 00:00:00'),
      }),
      until: '2026-12-09T10:00:00.000Z',
    },
    {
      name: 'TU-03 a persistUntil before the start of the validation allows no use',
      validation: validation('2026-11-29 10:00:00', {
        methods: ['dns-persistent'],
        persistUntil: utc('2026-11-29 09:59:59'),
      }),
      until: null,
    },
    {
      name: 'SI-04 a validation for an S/MIME certificate may be used for 398 days',
      validation: validation('2026-11-29 10:00:00', { certificateType: 's-mime' }),
      until: '2028-01-01T10:00:00.000Z',
    },
    {
      name: 'SI-04 a method that ends within the 398 days shortens them',
      validation: validation('2027-06-01 00:00:00', {
        certificateType: 's-mime',
        methods: ['contact-email-txt'],
      }),
      until: '2028-03-14T23:59:59.000Z',
    },
    {
      name: 'SI-04 a persistent record may be used for 10 days for S/MIME certificates, too',
      validation: validation('2026-11-29 10:00:00', {
        certificateType: 's-mime',
        methods: ['dns-persistent'],
      }),
      until: '2026-12-09T10:00:00.000Z',
    },
  ])('$name', ({ validation: given, until }) => {
    expect(shown(validationUsableUntil(given))).toBe(until);
  });

  it("TU-02 the last second is within that day's limit, and the next one is not", () => {
    const time = fc.date({ min: new Date('2025-01-01'), max: new Date('2031-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(time, fc.constantFrom(...VALIDATION_METHODS), (start, method) => {
        const { endsOn, reuseDays } = METHOD_RULES[method];
        const startedAt = Math.floor(start.getTime() / 1000) * 1000;
        const mayIssueAt = (at: number) =>
          at - startedAt <= Math.min(rulesAt(new Date(at)).validationReuseDays, reuseDays ?? 398) * DAY_MS &&
          (endsOn === null || at < Date.parse(endsOn));
        const until = validationUsableUntil({
          startedAt,
          methods: [method],
          certificateType: 'tls-server',
          persistUntil: null,
        });
        expect({
          isUsable: mayIssueAt(until ?? startedAt),
          goesOn: mayIssueAt((until ?? startedAt) + 1000),
        }).toEqual({
          isUsable: until !== null,
          goesOn: false,
        });
      }),
    );
  });
});

describe('how long a CAA check may be used (TLS BR 4.2.2.1 [caa])', () => {
  it.each<{ name: string; ttl: number | null; until: string }>([
    { name: 'UE-06 a TTL of 300 s is extended to 8 hours', ttl: 300, until: '2026-11-29T18:00:00.000Z' },
    { name: 'UE-06 a TTL of a day allows a day', ttl: 86_400, until: '2026-11-30T10:00:00.000Z' },
    { name: 'TU-04 a check without a record allows 8 hours', ttl: null, until: '2026-11-29T18:00:00.000Z' },
    { name: 'TU-04 a TTL of 0 allows 8 hours', ttl: 0, until: '2026-11-29T18:00:00.000Z' },
    { name: 'TU-04 a TTL of exactly 8 hours allows 8 hours', ttl: 28_800, until: '2026-11-29T18:00:00.000Z' },
    {
      name: 'TU-04 a TTL of 8 hours and a second allows 8 hours and a second',
      ttl: 28_801,
      until: '2026-11-29T18:00:01.000Z',
    },
  ])('$name', ({ ttl, until }) => {
    expect(shown(caaUsableUntil(utc('2026-11-29 10:00:00'), ttl))).toBe(until);
  });

  it('UE-07 a remote corroboration of CAA may be used for 398 days after an issuance', () => {
    expect(shown(corroborationUsableUntil(utc('2026-11-29 10:00:00')))).toBe('2028-01-01T10:00:00.000Z');
  });
});
