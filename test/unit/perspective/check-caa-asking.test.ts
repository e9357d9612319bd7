import { describe, expect, it } from 'vitest';
import { type CaaCheck, checkCaa } from '../../../services/perspective/check-caa.ts';
import type { Target } from '../../../shared/domain/check/check.ts';
import type { Lookup } from '../../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../../shared/ports/resolver.ts';
import { CAA_DEFAULTS } from '../../support/caa-cases.ts';
import { createZoneResolver, fails, issue, type Zone } from '../../support/zone-resolver.ts';

const domain = (name: string): Target => ({ kind: 'domain', name, wildcard: false });

function check(zone: Zone, change: Partial<CaaCheck> = {}) {
  return checkCaa({
    target: domain('www.example.com'),
    parameters: CAA_DEFAULTS,
    policy: 'baseline-requirements',
    resolver: createZoneResolver(zone),
    deadline: 10_000,
    ...change,
  });
}

/** A resolver that answers only when the test says so. */
function createHeldResolver(zone: Zone) {
  const inner = createZoneResolver(zone);
  const held = new Map<string, { signal: AbortSignal | undefined; settle: (lookup: Lookup) => void }>();
  const resolver: Resolver = {
    mode: 'held',
    lookup: (name, type, deadline, signal) =>
      new Promise((settle) => {
        held.set(name, { signal, settle });
        signal?.addEventListener('abort', () => settle(inner.lookup(name, type, deadline, signal) as never));
      }),
  };
  return {
    resolver,
    asked: () => [...held.keys()],
    wasAborted: (name: string) => held.get(name)?.signal?.aborted,
    async answer(name: string) {
      held.get(name)?.settle(await inner.lookup(name, 'CAA', 0));
      await new Promise(setImmediate);
    },
  };
}

describe('checkCaa: order of queries', () => {
  const deep = domain('a.b.c.d.e.f.g.h.i.example');

  it('queries all levels at once, nearest first', async () => {
    const held = createHeldResolver({});
    const pending = check({}, { resolver: held.resolver });
    expect(held.asked()).toEqual(['www.example.com', 'example.com', 'com']);
    for (const name of held.asked()) await held.answer(name);
    expect(await pending).toMatchObject({ details: { reason: 'no-records' } });
  });

  it('keeps at most eight queries in flight, and goes up as responses arrive', async () => {
    const held = createHeldResolver({});
    const pending = check({}, { resolver: held.resolver, target: deep });
    expect(held.asked()).toHaveLength(8);
    await held.answer('b.c.d.e.f.g.h.i.example');
    expect(held.asked()).toHaveLength(8);
    await held.answer('a.b.c.d.e.f.g.h.i.example');
    expect(held.asked()).toHaveLength(10);
    for (const name of held.asked()) await held.answer(name);
    expect(await pending).toMatchObject({ details: { reason: 'no-records' } });
  });

  it('settles with the nearest set and aborts the queries above it', async () => {
    const held = createHeldResolver({ 'www.example.com': [issue('ca.example')] });
    const pending = check({}, { resolver: held.resolver });
    await held.answer('www.example.com');
    expect(await pending).toMatchObject({ passed: true, details: { foundAt: 'www.example.com' } });
    expect(held.wasAborted('com')).toBe(true);
  });

  it('settles with the nearest failure and aborts the queries above it', async () => {
    const held = createHeldResolver({ 'www.example.com': [fails('bogus')] });
    const pending = check({}, { resolver: held.resolver });
    await held.answer('www.example.com');
    expect(await pending).toMatchObject({ completed: false });
    expect(held.wasAborted('example.com')).toBe(true);
  });

  it('waits for the nearest level even when a higher one has denied', async () => {
    const held = createHeldResolver({ 'www.example.com': [issue('ca.example')], com: [issue(';')] });
    const pending = check({}, { resolver: held.resolver });
    await held.answer('com');
    await held.answer('example.com');
    expect(held.wasAborted('www.example.com')).toBe(false);
    await held.answer('www.example.com');
    expect(await pending).toMatchObject({ passed: true, details: { foundAt: 'www.example.com' } });
  });

  it('is not completed when its caller aborts it', async () => {
    const controller = new AbortController();
    const held = createHeldResolver({});
    const pending = check({}, { resolver: held.resolver, signal: controller.signal });
    controller.abort();
    expect(await pending).toMatchObject({
      completed: false,
      passed: false,
      details: { reason: 'lookup-failed' },
    });
    expect(held.wasAborted('com')).toBe(true);
  });

  it('does not pass when its caller aborted it before the start', async () => {
    const outcome = await check({ com: [issue('ca.example')] }, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ completed: false, passed: false });
  });

  it('ignores a resolver that rejects at a level above the deciding one', async () => {
    const inner = createZoneResolver({ 'www.example.com': [issue('ca.example')] });
    const resolver: Resolver = {
      mode: 'broken',
      lookup: (name, type, deadline) =>
        name === 'com' ? Promise.reject(new Error('bug')) : inner.lookup(name, type, deadline),
    };
    expect(await check({}, { resolver })).toMatchObject({ passed: true });
    await new Promise(setImmediate);
  });
});
