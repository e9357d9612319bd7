import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../../services/api/openapi/operations.ts';
import { statusOf } from '../../../services/api/problems.ts';
import { ROUTES } from '../../../services/api/routes.ts';
import { CONTACTS_EXAMPLES, REQUEST_EXAMPLES } from '../../../shared/contract/api/request-examples.ts';
import { parseContactsRequest, parseMpicRequest } from '../../../shared/contract/api/request-schema.ts';
import { hashKey } from '../../../shared/contract/settings/api-keys.ts';
import { VALIDATION_METHODS } from '../../../shared/domain/check/check.ts';
import { API_ERRORS, type ApiErrorCode } from '../../../shared/domain/errors.ts';
import { API_DOCUMENT } from '../../support/api-document.ts';
import { ApiValidator } from '../../support/api-validator.ts';
import { openRealTimeBench } from '../../support/bench.ts';
import { useHarness } from '../../support/use-harness.ts';

type Node = Readonly<Record<string, unknown>>;
interface Response {
  readonly content: Readonly<
    Record<string, { readonly examples?: Readonly<Record<string, { value: unknown }>> } | undefined>
  >;
}
interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Response>>;
}

const COMMITTED: unknown = JSON.parse(
  readFileSync(new URL('../../../docs/schemas/openapi.json', import.meta.url), 'utf8'),
);
const paths = API_DOCUMENT.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const OPERATIONS_OF_DOCUMENT = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const validator = new ApiValidator(API_DOCUMENT);

describe('the OpenAPI document', () => {
  it('is one of version 3.1', async () => {
    const result = await new Validator().validate(structuredClone(API_DOCUMENT));
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
  });

  it('has every route of the service and no other', () => {
    const routes = Object.entries(ROUTES).map(([id, { method, path }]) => `${id} ${method} ${path}`);
    const documented = OPERATIONS_OF_DOCUMENT.map(
      ({ path, method, operation }) => `${operation.operationId} ${method} ${path}`,
    );
    expect(documented.sort()).toEqual(routes.sort());
  });

  it('has every error of the catalogue that an operation can answer with, and says so of each status', () => {
    const named = new Set(Object.values(OPERATIONS).flatMap(({ problems }) => problems));
    // A method that a path does not take has no operation to stand at.
    const missing = (Object.keys(API_ERRORS) as ApiErrorCode[]).filter((code) => !named.has(code));
    expect(missing).toEqual(['method-not-allowed']);
    for (const { operation } of OPERATIONS_OF_DOCUMENT) {
      const { problems, answers } = OPERATIONS[operation.operationId as keyof typeof OPERATIONS];
      const statuses = new Set([...Object.keys(answers), ...problems.map((code) => String(statusOf(code)))]);
      expect(Object.keys(operation.responses).sort()).toEqual([...statuses].sort());
    }
  });

  it('refers to nothing that it does not have, and has nothing that it does not refer to', () => {
    const text = JSON.stringify(API_DOCUMENT);
    const referred = new Set(
      [...text.matchAll(/"#\/components\/(schemas|headers)\/([^"]+)"/g)].map(([, , name]) => name),
    );
    const { schemas, headers } = API_DOCUMENT.components as { schemas: Node; headers: Node };
    expect([...referred].sort()).toEqual([...Object.keys(schemas), ...Object.keys(headers)].sort());
  });

  it('holds nothing that a later version could not add to: no schema of an answer is closed', () => {
    const { schemas } = API_DOCUMENT.components as { schemas: Node };
    for (const name of ['MpicResponse', 'JobView', 'PerspectiveItem', 'Details', 'Perspectives', 'Problem'])
      expect(JSON.stringify(schemas[name])).not.toContain('"additionalProperties":false');
  });
});

describe('examples of the OpenAPI document', () => {
  const answers = OPERATIONS_OF_DOCUMENT.flatMap(({ path, method, operation }) =>
    Object.entries(operation.responses).flatMap(([status, { content }]) =>
      Object.entries(content['application/json']?.examples ?? {}).map(([name, { value }]) => ({
        name: `${status} to ${method} ${path}: ${name}`,
        answered: { method, path, status: Number(status), headers: {}, body: JSON.stringify(value) },
      })),
    ),
  );

  it.each(answers)('$name is of its schema', ({ answered }) => {
    validator.demandAnswer(answered);
  });

  it('there is one at least for each status of each operation', () => {
    const without = OPERATIONS_OF_DOCUMENT.flatMap(({ path, method, operation }) =>
      Object.entries(operation.responses)
        .filter(([, { content }]) => Object.keys(content['application/json']?.examples ?? {}).length === 0)
        .map(([status]) => `${status} to ${method} ${path}`),
    );
    expect(without).toEqual(['200 to GET /openapi.json', '200 to GET /docs']);
  });

  it('there is a request of each validation method that may still be used', () => {
    const methods = Object.values(REQUEST_EXAMPLES).map(({ value }) =>
      'dcv_check_parameters' in value ? value.dcv_check_parameters.validation_method : null,
    );
    expect(VALIDATION_METHODS.filter((method) => !methods.some((one) => one === method))).toEqual([
      'ip-address',
    ]);
  });

  describe('sent to a real service', () => {
    const bed = useHarness(openRealTimeBench);

    const examples = [
      { path: '/mpic', parse: parseMpicRequest, values: REQUEST_EXAMPLES },
      { path: '/mpic/contacts', parse: parseContactsRequest, values: CONTACTS_EXAMPLES },
    ].flatMap(({ path, parse, values }) =>
      Object.entries(values).map(([name, { value }]) => ({ name, path, parse, value: value as unknown })),
    );
    it.each(examples)(
      '$name is taken by $path, and answered as the document says',
      async ({ path, parse, value }) => {
        validator.demandRequest('POST', path, value);
        expect(parse(value, 'baseline-requirements')).toMatchObject({ ok: true });
        const { service } = await bed.start({ config: { allowNetworks: [] } });
        const port = await service.listen('127.0.0.1', 0);
        const response = await fetch(`http://127.0.0.1:${port}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(value),
        });
        const body = await response.text();
        expect(response.status, body).toBe(200);
        validator.demandAnswer({ method: 'POST', path, status: 200, headers: {}, body });
      },
    );

    it.each<{ name: string; body: unknown }>([
      { name: 'without a target', body: { check_type: 'caa' } },
      {
        name: 'with a member that the API does not know',
        body: { ...REQUEST_EXAMPLES.caa.value, colour: 1 },
      },
      {
        name: 'with parameters of the other check',
        body: { ...REQUEST_EXAMPLES['acme-dns-01'].value, check_type: 'caa' },
      },
      { name: 'with a count that is text', body: withCount('6') },
      { name: 'with a count that has a fraction', body: withCount(4.5) },
      {
        name: 'of a method that nobody knows',
        body: {
          ...REQUEST_EXAMPLES.caa.value,
          check_type: 'dcv',
          dcv_check_parameters: { validation_method: 'x' },
        },
      },
      { name: 'that is a list', body: [] },
    ])('a body $name is neither taken nor in the document', async ({ body }) => {
      expect(() => validator.demandRequest('POST', '/mpic', body)).toThrow('api.json#/paths/');
      const { service } = await bed.start();
      const response = await service.api.request('/mpic', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(400);
      validator.demandAnswer({
        method: 'POST',
        path: '/mpic',
        status: 400,
        headers: {},
        body: await response.text(),
      });
    });
  });
});

function withCount(count: unknown): unknown {
  return { ...REQUEST_EXAMPLES.caa.value, orchestration_parameters: { perspective_count: count } };
}

describe('GET /openapi.json', () => {
  const bed = useHarness(openRealTimeBench);
  const KEYS = { apiKeys: [{ name: 'one', sha256: hashKey('key-of-caller-one') }] };

  it.each<{
    name: string;
    headers: Record<string, string>;
    method?: string;
    status: number;
    error?: ApiErrorCode;
  }>([
    { name: 'without a key is refused', headers: {}, status: 401, error: 'api-key-missing' },
    {
      name: 'with a wrong key is refused',
      headers: { 'x-api-key': 'guess' },
      status: 403,
      error: 'api-key-invalid',
    },
    { name: 'takes no other method', headers: {}, method: 'POST', status: 405, error: 'method-not-allowed' },
    {
      name: 'with a key is the committed document',
      headers: { 'x-api-key': 'key-of-caller-one' },
      status: 200,
    },
  ])('$name', async ({ headers, method = 'GET', status, error }) => {
    const { service } = await bed.start({ config: KEYS });
    const response = await service.api.request('/openapi.json', { method, headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual(
      error === undefined ? COMMITTED : expect.objectContaining({ error }),
    );
  });

  it('without configured keys is for everybody who reaches the service', async () => {
    const { service } = await bed.start();
    const response = await service.api.request('//openapi.json');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(COMMITTED);
  });
});
