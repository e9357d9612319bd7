import { describe, expect, it } from 'vitest';
import { createUuidIds } from '../../../../shared/adapters/system/uuid-ids.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const ids = createUuidIds(() => NOW);

describe('New request ids', () => {
  it('are UUIDs of version 7 that start with the time', () => {
    const id = ids.requestId();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(NOW);
  });

  it('are unique for 10,000 ids in one millisecond', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => ids.requestId())).size).toBe(10_000);
  });

  it('sort in the order of their creation within one millisecond', () => {
    const made = Array.from({ length: 10_000 }, () => ids.requestId());
    expect([...made].sort()).toEqual(made);
  });

  it('stay in order when the clock goes back', () => {
    let now = NOW;
    const stepped = createUuidIds(() => now);
    const before = stepped.requestId();
    now -= 5000;
    const after = stepped.requestId();
    expect(after > before).toBe(true);
  });

  it('sort by their time', () => {
    let now = NOW;
    const counting = createUuidIds(() => now++);
    const made = Array.from({ length: 500 }, () => counting.requestId());
    expect([...made].sort()).toEqual(made);
  });
});

describe('Ids of Request Tokens for one use', () => {
  it('are the same in every process, and never equal the id of an idempotency key', () => {
    const id = ids.requestIdForToken('token');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(createUuidIds(() => 0).requestIdForToken('token')).toBe(id);
    expect(ids.requestIdForToken('Token')).not.toBe(id);
    expect(ids.requestIdForKey('', 'token')).not.toBe(id);
    expect(ids.requestIdForKey('token', '')).not.toBe(id);
    expect(ids.requestIdForToken('5:tokenkey')).not.toBe(ids.requestIdForKey('token', 'key'));
  });
});

describe('Ids of idempotency keys', () => {
  it('are UUIDs of version 5, the same for the same caller and key in every process', () => {
    const id = ids.requestIdForKey('one', 'key');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(createUuidIds(() => 0).requestIdForKey('one', 'key')).toBe(id);
  });

  it.each([
    { caller: 'one', key: 'key', id: '72e9582b-5095-5b99-9d5e-ac652d1547ce' },
    { caller: 'anonymous', key: 'Zürich \u2603', id: '0654bec0-c786-557a-9e3b-0881e1c5c79c' },
    { caller: '', key: 'half a pair: \ud800', id: 'aa756984-0433-5318-8e02-ee2a34709296' },
  ])('equal those of earlier versions for caller $caller and key $key', ({ caller, key, id }) => {
    expect(ids.requestIdForKey(caller, key)).toBe(id);
  });

  it.each([
    { name: 'another caller', caller: 'two', key: 'key' },
    { name: 'another key', caller: 'one', key: 'Key' },
    { name: 'the same letters split differently into caller and key', caller: 'onek', key: 'ey' },
    { name: 'a caller that looks like a length prefix', caller: '3:one', key: 'key' },
  ])('differ for $name', ({ caller, key }) => {
    expect(ids.requestIdForKey(caller, key)).not.toBe(ids.requestIdForKey('one', 'key'));
  });
});
