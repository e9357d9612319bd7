import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../../../shared/adapters/system/bounded-map.ts';

describe('BoundedMap', () => {
  it('drops the entry that was set longest ago', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.set('c', 4);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4]);
  });

  it('removes a deleted entry', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.delete('a');
    expect([map.get('a'), map.size]).toEqual([undefined, 0]);
  });

  it('never exceeds its capacity, and always keeps the latest entry', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 5 }),
        (keys, capacity) => {
          const map = new BoundedMap<number, number>(capacity);
          keys.forEach((key, index) => {
            map.set(key, index);
            expect(map.size).toBeLessThanOrEqual(capacity);
            expect(map.get(key)).toBe(index);
          });
        },
      ),
    );
  });
});
