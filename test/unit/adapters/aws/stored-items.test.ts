import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { resultFromItem, resultItemKey, resultToItem } from '../../../../shared/adapters/aws/result-item.ts';
import { assertItemFits, type Item } from '../../../../shared/adapters/aws/store-call.ts';
import { requestFromItem, requestToItem } from '../../../../shared/adapters/aws/stored-request.ts';
import { UnreadableItemError } from '../../../../shared/adapters/aws/stored-version.ts';
import { buildCheckResult, buildRequestRecord, buildVerdict } from '../../../support/builders.ts';

const RECORD = buildRequestRecord({ verdicts: [buildVerdict({ isValid: false })], attempt: 2 });
const REQUEST_ITEM = requestToItem(RECORD, 'token');
const RESULT = buildCheckResult();
const RESULT_ITEM = resultToItem(RESULT);

function without(item: Item, attribute: string): Item {
  const { [attribute]: _, ...rest } = item;
  return rest;
}

/** `item` with some members of its JSON attribute replaced. */
function withJson(item: Item, attribute: string, changes: object): Item {
  const json = JSON.parse(String(item[attribute])) as object;
  return { ...item, [attribute]: JSON.stringify({ ...json, ...changes }) };
}

describe('requestFromItem', () => {
  it('returns the stored record', () => {
    expect(requestFromItem(REQUEST_ITEM)).toEqual({ record: RECORD, spilled: [] });
    const done = { ...RECORD, status: 'completed' as const, completedAt: 7, published: true };
    expect(requestFromItem(requestToItem(done, 'token')).record).toEqual(done);
  });

  it('reads an item of a later minor version, and ignores unknown members', () => {
    const later = withJson({ ...REQUEST_ITEM, contract: '1.9' }, 'facts', { addedLater: true });
    expect(requestFromItem({ ...later, added_later: 'x' }).record).toEqual(RECORD);
  });

  it.each<{ name: string; item: Item }>([
    { name: 'an item of an unknown major version', item: { ...REQUEST_ITEM, contract: '9.0' } },
    { name: 'an item without a version', item: without(REQUEST_ITEM, 'contract') },
    { name: 'an item without facts', item: without(REQUEST_ITEM, 'facts') },
    { name: 'an item whose facts are not JSON', item: { ...REQUEST_ITEM, facts: '{' } },
    {
      name: 'an item with the facts of another request',
      item: withJson(REQUEST_ITEM, 'facts', { requestId: 'x' }),
    },
    {
      name: 'an item with an unknown check type',
      item: withJson(REQUEST_ITEM, 'facts', { check: { checkType: 'x' } }),
    },
    { name: 'an item without cohorts', item: withJson(REQUEST_ITEM, 'facts', { cohorts: [] }) },
    {
      name: 'an item with an unknown policy',
      item: withJson(REQUEST_ITEM, 'facts', { policy: 'lax' }),
    },
    { name: 'an item without status', item: without(REQUEST_ITEM, 'status') },
    { name: 'an item with an unknown status', item: { ...REQUEST_ITEM, status: 'paused' } },
    { name: 'an item without attempt', item: without(REQUEST_ITEM, 'attempt') },
    { name: 'an item with attempt 1.5', item: { ...REQUEST_ITEM, attempt: 1.5 } },
    { name: 'an item whose attempt is text', item: { ...REQUEST_ITEM, attempt: '1' } },
    { name: 'an item without deadline', item: without(REQUEST_ITEM, 'attempt_deadline') },
    { name: 'an item without the list of verdicts', item: without(REQUEST_ITEM, 'verdicts') },
    {
      name: 'an item with an invalid verdict',
      item: { ...REQUEST_ITEM, verdicts: ['{}'] },
    },
    {
      name: 'an item with a verdict that is not text',
      item: { ...REQUEST_ITEM, verdicts: [1] },
    },
    { name: 'an item without published', item: without(REQUEST_ITEM, 'published') },
  ])('rejects $name', ({ item }) => {
    expect(() => requestFromItem(item)).toThrow(UnreadableItemError);
  });

  it('names the invalid member in its error, not its value', () => {
    const item = withJson(REQUEST_ITEM, 'facts', { caller: ['secret'] });
    expect(() => requestFromItem(item)).toThrow(/caller \(invalid_type\)/);
    expect(() => requestFromItem(item)).not.toThrow(/secret/);
  });
});

describe('resultFromItem', () => {
  it('returns the stored result', () => {
    expect(resultFromItem(RESULT_ITEM, RESULT.requestId, RESULT)).toMatchObject({
      status: 'readable',
      result: RESULT,
    });
  });

  it('reads an item of the previous version, with the contract version outside the text', () => {
    const item = { ...RESULT_ITEM, contract: '1.0', result: JSON.stringify(RESULT) };
    expect(resultFromItem(item, RESULT.requestId, RESULT)).toMatchObject({
      status: 'readable',
      result: RESULT,
    });
  });

  it.each<{ name: string; item: Item }>([
    { name: 'an item without a result', item: without(RESULT_ITEM, 'result') },
    { name: 'an item whose result is not text', item: { ...RESULT_ITEM, result: 1 } },
  ])('returns unreadable with zero bytes for $name', ({ item }) => {
    expect(resultFromItem(item, RESULT.requestId, RESULT)).toMatchObject({ status: 'unreadable', bytes: 0 });
  });

  it('starts the partition key with the perspective code, to which its permissions are limited', () => {
    expect(resultItemKey('id', { perspective: 'fra', attempt: 3 })).toEqual({
      pk: 'fra#id',
      sk: 3,
    });
  });
});

describe('the stored form', () => {
  it('of a request equals that of earlier versions', () => {
    const record = { ...RECORD, attemptToken: 'start', completedAt: 7 };
    const facts = expect.stringMatching(/^\{"requestId":/);
    expect(marshall(requestToItem(record, 'token'))).toEqual({
      request_id: { S: record.requestId },
      contract: { S: '1.1' },
      facts: { S: facts },
      status: { S: 'running' },
      attempt: { N: '2' },
      attempt_token: { S: 'start' },
      attempt_started_at: { N: String(record.attemptStartedAt) },
      attempt_deadline: { N: String(record.attemptDeadline) },
      verdicts: { L: [{ S: expect.stringMatching(/^\{"attempt":/) }] },
      completed_at: { N: '7' },
      published: { BOOL: false },
      write_token: { S: 'token' },
    });
  });

  it('of a result equals that of earlier versions', () => {
    expect(marshall(RESULT_ITEM)).toEqual({
      pk: { S: `${RESULT.perspective}#${RESULT.requestId}` },
      sk: { N: String(RESULT.attempt) },
      contract: { S: '1.1' },
      result: { S: expect.stringMatching(/^\{"contract":"1.1",/) },
    });
  });
});

describe('assertItemFits', () => {
  it.each([
    { name: 'an item just below 400 KB', bytes: 400 * 1024 - 64, fits: true },
    { name: 'an item of 400 KB and its names', bytes: 400 * 1024, fits: false },
  ])('$name fits: $fits', ({ bytes, fits }) => {
    const check = () => assertItemFits({ pk: 'a', value: 'ü'.repeat(bytes / 2) }, 'thing');
    if (fits) expect(check).not.toThrow();
    else expect(check).toThrow(/thing is \d+ bytes/);
  });
});
