import { describe, expect, it } from 'vitest';
import { parseFunctionEvent, selfCheckSchema } from '../../../../shared/contract/messages/function-event.ts';

describe('an event for a function', () => {
  it.each([
    { name: 'a warmer that lets go at once', event: { mpic: 'warm', hold_ms: 0 } },
    { name: 'a warmer that holds as long as one may', event: { mpic: 'warm', hold_ms: 2_000 } },
    { name: 'a look at a new version', event: { mpic: 'self-check' } },
  ])('is ours: $name', ({ event }) => {
    expect(parseFunctionEvent(event)).toEqual(event);
  });

  it.each([
    { name: 'a batch of a queue', event: { Records: [] } },
    {
      name: 'a request of a gateway, whatever its body says',
      event: { httpMethod: 'POST', path: '/mpic', body: '{"mpic":"warm","hold_ms":0}' },
    },
    { name: 'an empty object', event: {} },
    { name: 'null', event: null },
    { name: 'nothing', event: undefined },
    { name: 'a text', event: '{"mpic":"self-check"}' },
    { name: 'a list', event: [{ mpic: 'self-check' }] },
  ])('is of the platform: $name', ({ event }) => {
    expect(parseFunctionEvent(event)).toBeNull();
  });

  it.each([
    { name: 'a kind that a later version knows', event: { mpic: 'drain' } },
    { name: 'no kind', event: { mpic: null } },
    { name: 'a warmer that does not say how long', event: { mpic: 'warm' } },
    { name: 'a warmer that holds longer than one may', event: { mpic: 'warm', hold_ms: 2_001 } },
    { name: 'a warmer that holds for less than nothing', event: { mpic: 'warm', hold_ms: -1 } },
    { name: 'a warmer that holds for part of a millisecond', event: { mpic: 'warm', hold_ms: 0.5 } },
    { name: 'a warmer whose time is a text', event: { mpic: 'warm', hold_ms: '500' } },
    { name: 'a warmer that says more', event: { mpic: 'warm', hold_ms: 0, Records: [] } },
    { name: 'a look that says more', event: { mpic: 'self-check', domain: 'ca.example' } },
  ])('is refused loudly rather than taken for work: $name', ({ event }) => {
    expect(() => parseFunctionEvent(event)).toThrow('an event of ours that cannot be read');
  });
});

describe('what a self-check found', () => {
  it.each([
    { name: 'nothing', found: null },
    { name: 'no verdict', found: { description: 'all is well' } },
    { name: 'a verdict as a text', found: { ok: 'true', description: 'all is well' } },
    { name: 'no description', found: { ok: true } },
    { name: 'more than fits into a log', found: { ok: false, description: 'x'.repeat(2_001) } },
  ])('is not taken from $name', ({ found }) => {
    expect(selfCheckSchema.safeParse(found).success).toBe(false);
  });

  it('is a verdict and a sentence', () => {
    const found = { ok: false, description: 'CAA check of iana.org: status 503' };
    expect(selfCheckSchema.parse(found)).toEqual(found);
  });
});
