import { describe, expect, it } from 'vitest';
import { KeyRing } from '../../../services/api/authenticate.ts';
import { hashKey } from '../../../shared/contract/settings/api-keys.ts';

const KEYS = [
  { name: 'one', sha256: hashKey('key-of-caller-one') },
  { name: 'two', sha256: hashKey('key-of-caller-two') },
  { name: 'two', sha256: hashKey('the-next-key-of-two') },
];

describe('Who calls', () => {
  it.each([undefined, '', 'anything'])('without configured keys every caller is anonymous: %j', (key) => {
    expect(new KeyRing([]).callerOf(key)).toEqual({ ok: true, name: 'anonymous' });
  });

  it.each([
    { key: undefined, caller: { ok: false, error: 'api-key-missing' } },
    { key: '', caller: { ok: false, error: 'api-key-missing' } },
    { key: 'key-of-caller-one', caller: { ok: true, name: 'one' } },
    { key: 'key-of-caller-two', caller: { ok: true, name: 'two' } },
    { key: 'the-next-key-of-two', caller: { ok: true, name: 'two' } },
    { key: 'key-of-caller-on', caller: { ok: false, error: 'api-key-invalid' } },
    { key: 'key-of-caller-one ', caller: { ok: false, error: 'api-key-invalid' } },
    { key: 'KEY-OF-CALLER-ONE', caller: { ok: false, error: 'api-key-invalid' } },
    { key: 'one', caller: { ok: false, error: 'api-key-invalid' } },
    { key: 'key-of-caller-one, key-of-caller-two', caller: { ok: false, error: 'api-key-invalid' } },
    { key: 'x'.repeat(100_000), caller: { ok: false, error: 'api-key-invalid' } },
  ])('the key $key', ({ key, caller }) => {
    expect(new KeyRing(KEYS).callerOf(key)).toEqual(caller);
  });

  it('changes with the keys, from the next request on', () => {
    const ring = new KeyRing(KEYS);
    ring.replace([{ name: 'three', sha256: hashKey('key-of-caller-three') }]);
    expect(ring.callerOf('key-of-caller-one')).toEqual({ ok: false, error: 'api-key-invalid' });
    expect(ring.callerOf('key-of-caller-three')).toEqual({ ok: true, name: 'three' });
  });

  it('keeps the keys it has rather than stop asking for any', () => {
    const ring = new KeyRing(KEYS);
    expect(() => ring.replace([])).toThrow(RangeError);
    expect(ring.callerOf('key-of-caller-one')).toEqual({ ok: true, name: 'one' });
    expect(ring.callerOf(undefined)).toEqual({ ok: false, error: 'api-key-missing' });
  });
});
