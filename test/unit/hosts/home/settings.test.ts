import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../../shared/contract/settings/read-settings.ts';

const COMPLETE = {
  AWS_REGION: 'eu-west-1',
  AWS_LAMBDA_FUNCTION_NAME: 'mpic-api',
  AWS_LAMBDA_FUNCTION_VERSION: '7',
  AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
  MPIC_VERSION: '0.1.0',
  MPIC_COHORT_SECRET_ID: 'mpic-cohort-secret',
  MPIC_CAA_DOMAINS: 'ca.example',
  MPIC_DEADLINE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/deadlines',
  MPIC_WAKE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/1/wake-ups',
  MPIC_AUDIT_BUCKET: 'mpic-audit',
  MPIC_CALLERS: '{"k1":"issuance"}',
  MPIC_POLICY: 'open-mpic',
  OTHER: 'x',
};

describe('readSettings of a function of the home region', () => {
  it("reads the function's own settings, those of the service and those of the platform", () => {
    const settings = readSettings('home', COMPLETE);
    expect(settings).toMatchObject({
      region: 'eu-west-1',
      functionVersion: '7',
      instance: 'stream',
      cohortSecretId: 'mpic-cohort-secret',
      auditBucket: 'mpic-audit',
      policy: 'open-mpic',
      checkTimeoutMs: 10_000,
    });
    expect(settings.callers.get('k1')).toBe('issuance');
  });

  it('accepts a function without bucket and callers', () => {
    const { MPIC_AUDIT_BUCKET: _, MPIC_CALLERS: __, ...fewer } = COMPLETE;
    expect(readSettings('home', fewer)).toMatchObject({ auditBucket: null, callers: new Map() });
  });

  it.each([
    {
      name: 'without a secret',
      change: { MPIC_COHORT_SECRET_ID: undefined },
      problem: /MPIC_COHORT_SECRET_ID/,
    },
    { name: 'without a version', change: { MPIC_VERSION: '' }, problem: /MPIC_VERSION/ },
    { name: 'without a region', change: { AWS_REGION: undefined }, problem: /AWS_REGION/ },
    { name: 'with callers that are not JSON', change: { MPIC_CALLERS: 'k1=x' }, problem: /MPIC_CALLERS/ },
    { name: 'with callers that are a list', change: { MPIC_CALLERS: '["k1"]' }, problem: /MPIC_CALLERS/ },
    {
      name: 'with a caller whose name is empty',
      change: { MPIC_CALLERS: '{"k1":""}' },
      problem: /MPIC_CALLERS/,
    },
    {
      name: 'with a setting of the single-process service',
      change: { MPIC_BACKEND: 'embedded' },
      problem: /MPIC_BACKEND is not a setting/,
    },
    {
      name: 'with a secret in its environment',
      change: { MPIC_COHORT_SECRET: '0123456789abcdef' },
      problem: /MPIC_COHORT_SECRET is not a setting/,
    },
    {
      name: "with a request time-out longer than the gateway's",
      change: { MPIC_REQUEST_TIMEOUT_MS: '25001' },
      problem: /MPIC_REQUEST_TIMEOUT_MS: must be a whole number of milliseconds from 100 to 25000/,
    },
  ])('rejects the environment $name', ({ change, problem }) => {
    expect(() => readSettings('home', { ...COMPLETE, ...change })).toThrow(problem);
  });
});
