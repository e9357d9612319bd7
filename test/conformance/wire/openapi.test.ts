import { describe, expect, it } from 'vitest';
import { API_DOCUMENT } from '../../support/api-document.ts';
import { ApiValidator } from '../../support/api-validator.ts';
import type { Exchange } from './play.ts';
import { Recording } from './recording.ts';

const validator = new ApiValidator(API_DOCUMENT);
const answers = new Recording('answers.jsonl');

describe('The OpenAPI document, held against the recording of the wire', () => {
  it.each(answers.names.map((name) => ({ name })))('has every answer of: $name', ({ name }) => {
    const { exchanges } = JSON.parse(answers.line(name) ?? '') as { exchanges: readonly Exchange[] };
    for (const { request, status, headers, body } of exchanges) {
      const [method = '', path = ''] = request.line.split(' ');
      validator.demandAnswer({ method, path, status, headers, body });
    }
  });

  it.each<{ name: string; status: number; headers?: Record<string, string>; body: object; says: string }>([
    {
      name: 'a status that no route has',
      status: 418,
      body: {},
      says: 'a status that is not in the document',
    },
    { name: 'a header that no route has', status: 202, headers: { 'x-more': '1' }, body: {}, says: 'x-more' },
    {
      name: 'a body of another answer',
      status: 202,
      body: { status: 'healthy' },
      says: "required property 'mpic_id'",
    },
    {
      name: 'an error that is not in the catalogue',
      status: 503,
      body: { error: 'tired', message: 'm', request_id: 'r' },
      says: 'must be equal to one of the allowed values',
    },
    {
      name: 'a member that is not in the document',
      status: 503,
      body: { error: 'overloaded', message: 'm', request_id: 'r', stack: 's' },
      says: 'must NOT have additional properties',
    },
  ])('notices $name', ({ status, headers = {}, body, says }) => {
    const answered = { method: 'POST', path: '/mpic', status, headers, body: JSON.stringify(body) };
    expect(() => validator.demandAnswer(answered)).toThrow(says);
  });
});
