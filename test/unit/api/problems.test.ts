import { describe, expect, it } from 'vitest';
import { problemResponse } from '../../../services/api/problems.ts';
import { API_ERRORS, type ApiErrorCode } from '../../../shared/errors.ts';

const CODES = Object.keys(API_ERRORS) as ApiErrorCode[];

describe('Error answers', () => {
  it.each(CODES)('%s has a status, its message and the request id', async (code) => {
    const response = problemResponse(code, 'r-1');
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({
      error: code,
      message: API_ERRORS[code].message,
      request_id: 'r-1',
    });
  });

  it.each(CODES)('%s says when to try again only if trying again helps', (code) => {
    const response = problemResponse(code, 'r-1');
    expect(response.headers.get('retry-after')).toBe(response.status === 503 ? '1' : null);
  });
});
