import { describe, expect, it } from 'vitest';
import { demandLocation } from '../../../services/cli/verify/judge-service.ts';
import { fail, skip } from '../../../services/cli/verify/outcome.ts';
import { renderJson, renderText } from '../../../services/cli/verify/report.ts';
import type { Accepted } from '../../../shared/client/index.ts';
import { createSecret } from '../../../shared/client/secret.ts';

const BASE = 'https://x.test/v1';
const ID = '4301fdfb-48b2-5dd8-8eab-c062feb7b587';

function acceptedAt(location: string | null): Accepted {
  const time = '2026-11-22T02:32:41.767Z';
  return {
    status: 'accepted',
    job: { mpic_id: ID, checked_identifier: 'a.test', status: 'running', created_at: time, deadline: time },
    location,
    replayed: false,
  };
}

describe('the Location of a 202 (RFC 9110 section 10.2.2)', () => {
  it.each([
    { name: 'an absolute URL', location: `${BASE}/mpic/${ID}` },
    { name: 'an absolute path', location: `/v1/mpic/${ID}` },
    { name: 'a path relative to the request', location: `mpic/${ID}` },
    { name: 'a URL without its scheme', location: `//x.test/v1/mpic/${ID}` },
  ])('$name leads to the job', ({ location }) => {
    expect(() => demandLocation(BASE, acceptedAt(location))).not.toThrow();
  });

  it.each([
    { name: 'none', location: null, came: 'without Location' },
    { name: 'another host', location: `https://y.test/v1/mpic/${ID}`, came: 'another server' },
    { name: 'another host without scheme', location: `//y.test/v1/mpic/${ID}`, came: 'another server' },
    { name: 'another port', location: `https://x.test:8443/v1/mpic/${ID}`, came: 'another server' },
    { name: 'no TLS', location: `http://x.test/v1/mpic/${ID}`, came: 'another server' },
    { name: 'no HTTP', location: 'javascript:alert(1)', came: 'another server' },
    { name: 'a path outside the stage', location: `/mpic/${ID}`, came: 'leaves the base path /v1/' },
    {
      name: 'a stage that only begins alike',
      location: `/v10/mpic/${ID}`,
      came: 'leaves the base path /v1/',
    },
    { name: 'dots that climb out of the stage', location: `../v2/mpic/${ID}`, came: 'leaves the base path' },
    { name: 'no URI', location: 'https://[', came: 'no URI' },
    { name: 'another job', location: '/v1/mpic/1', came: 'not that of its job' },
    { name: 'the job with a query', location: `/v1/mpic/${ID}?as=admin`, came: 'not that of its job' },
  ])('$name is not taken', ({ location, came }) => {
    expect(() => demandLocation(BASE, acceptedAt(location))).toThrow(came);
  });
});

describe('a secret', () => {
  const KEY = 'a"b\\c/d+e=f';

  it.each([
    { name: 'as it is', text: `key ${KEY}.` },
    { name: 'inside JSON', text: JSON.stringify({ key: KEY }) },
    { name: 'inside a URL', text: `https://x.test/?key=${encodeURIComponent(KEY)}` },
    { name: 'twice', text: `${KEY} ${KEY}` },
  ])('is found and hidden $name', ({ text }) => {
    const secret = createSecret(KEY);
    expect(secret.isIn(text)).toBe(true);
    expect(secret.hide(text)).toContain('<the key>');
    expect(secret.isIn(secret.hide(text))).toBe(false);
  });

  it('that is short is hidden, and proves nothing where it is found', () => {
    const secret = createSecret('true');
    expect(secret.hide('is_valid true')).toBe('is_valid <the key>');
    expect(secret.isIn('is_valid true')).toBe(false);
  });

  it('that does not exist hides nothing', () => {
    const secret = createSecret(null);
    expect(secret.hide('null')).toBe('null');
    expect(secret.isIn('null')).toBe(false);
  });

  it('is in no line of the report', () => {
    const secret = createSecret(KEY);
    const base = { name: 'n', sentence: 'a sentence', milliseconds: 1.4 };
    const failed = { ...base, verdict: fail(`came ${KEY}`, `look at ${KEY}`) };
    expect(renderText(failed, secret)).toBe(
      'FAIL  a sentence  1 ms\n      came came <the key>; look at look at <the key>\n',
    );
    expect(renderText({ ...base, verdict: skip(KEY) }, secret)).toBe('skip  a sentence: <the key>  1 ms\n');
    expect(JSON.parse(renderJson(failed, secret))).toEqual({
      check: 'n',
      sentence: 'a sentence',
      status: 'fail',
      ms: 1,
      came: 'came <the key>',
      look_at: 'look at <the key>',
    });
  });
});
