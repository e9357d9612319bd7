import { describe, expect, it } from 'vitest';
import { readFunctionSettings } from '../../../../services/hosts/home/settings.ts';

const COMPLETE = {
  AWS_REGION: 'eu-west-1',
  AWS_LAMBDA_FUNCTION_NAME: 'mpic-api',
  AWS_LAMBDA_FUNCTION_VERSION: '7',
  AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
  MPIC_VERSION: '0.1.0',
  MPIC_COHORT_SECRET_ID: 'mpic-cohort-secret',
  MPIC_AUDIT_BUCKET: 'mpic-audit',
  MPIC_CALLERS: '{"k1":"issuance"}',
  MPIC_POLICY: 'open-mpic',
  OTHER: 'x',
};

describe('readFunctionSettings', () => {
  it('reads its own and leaves those of the service to the service', () => {
    const settings = readFunctionSettings(COMPLETE);
    expect(settings).toMatchObject({
      region: 'eu-west-1',
      functionVersion: '7',
      instance: 'stream',
      cohortSecretId: 'mpic-cohort-secret',
      auditBucket: 'mpic-audit',
      service: { MPIC_POLICY: 'open-mpic', OTHER: 'x' },
    });
    expect(settings.callers.get('k1')).toBe('issuance');
    expect(Object.keys(settings.service).filter((name) => name.startsWith('MPIC_'))).toEqual(['MPIC_POLICY']);
  });

  it('does without a bucket and without callers', () => {
    const { MPIC_AUDIT_BUCKET: _, MPIC_CALLERS: __, ...fewer } = COMPLETE;
    expect(readFunctionSettings(fewer)).toMatchObject({ auditBucket: null, callers: new Map() });
  });

  it.each([
    {
      name: 'without a secret',
      change: { MPIC_COHORT_SECRET_ID: undefined },
      problem: /MPIC_COHORT_SECRET_ID/,
    },
    { name: 'without a version', change: { MPIC_VERSION: '' }, problem: /MPIC_VERSION/ },
    { name: 'without a region', change: { AWS_REGION: undefined }, problem: /AWS_REGION/ },
    { name: 'with callers that are no JSON', change: { MPIC_CALLERS: 'k1=x' }, problem: /MPIC_CALLERS/ },
    { name: 'with callers that are a list', change: { MPIC_CALLERS: '["k1"]' }, problem: /MPIC_CALLERS/ },
    { name: 'with a caller without a name', change: { MPIC_CALLERS: '{"k1":""}' }, problem: /MPIC_CALLERS/ },
  ])('refuses to start $name', ({ change, problem }) => {
    expect(() => readFunctionSettings({ ...COMPLETE, ...change })).toThrow(problem);
  });
});
