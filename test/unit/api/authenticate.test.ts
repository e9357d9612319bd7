import { describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../../services/api/authenticate.ts';

const KEYS = [
  { name: 'one', key: 'key-of-caller-one' },
  { name: 'two', key: 'key-of-caller-two' },
];

describe('Who calls', () => {
  it.each([undefined, '', 'anything'])('without configured keys everybody is anonymous: %j', (key) => {
    expect(createAuthenticator([])(key)).toEqual({ ok: true, name: 'anonymous' });
  });

  it.each([
    { key: undefined, caller: { ok: false, error: 'api-key-missing' } },
    { key: '', caller: { ok: false, error: 'api-key-missing' } },
    { key: 'key-of-caller-one', caller: { ok: true, name: 'one' } },
    { key: 'key-of-caller-two', caller: { ok: true, name: 'two' } },
    { key: 'key-of-caller-on', caller: { ok: false, error: 'api-key-invalid' } },
    { key: 'key-of-caller-one ', caller: { ok: false, error: 'api-key-invalid' } },
    { key: 'KEY-OF-CALLER-ONE', caller: { ok: false, error: 'api-key-invalid' } },
    { key: 'one', caller: { ok: false, error: 'api-key-invalid' } },
    { key: 'key-of-caller-one, key-of-caller-two', caller: { ok: false, error: 'api-key-invalid' } },
    { key: 'x'.repeat(100_000), caller: { ok: false, error: 'api-key-invalid' } },
  ])('the key $key', ({ key, caller }) => {
    expect(createAuthenticator(KEYS)(key)).toEqual(caller);
  });
});
