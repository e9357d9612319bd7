import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpAddress } from '../../../../shared/domain/net/ip-address.ts';
import { isReservedAddress } from '../../../../shared/domain/net/special-purpose.ts';
import { normaliseTarget, type TargetRules } from '../../../../shared/domain/net/target.ts';

const DCV: TargetRules = { allowTestNames: false, checkType: 'dcv', method: 'website-change' };
const CAA: TargetRules = { allowTestNames: false, checkType: 'caa' };
const REVERSE: TargetRules = { allowTestNames: false, checkType: 'dcv', method: 'reverse-address-lookup' };

describe('normaliseTarget: properties', () => {
  const pieces = [
    '*',
    '*.',
    '.',
    'a',
    'example.com',
    '127',
    '1',
    '0x7f',
    '[',
    ']',
    ':',
    '::',
    '%',
    'local',
    'test',
    'in-addr.arpa',
    'ip6.arpa',
    'xn--',
    'ü',
    '。',
    '\0',
  ];
  const almostTarget = fc.array(fc.constantFrom(...pieces), { maxLength: 10 }).map((parts) => parts.join(''));
  const anyText = fc.oneof(almostTarget, fc.domain(), fc.ipV4(), fc.ipV6(), fc.string({ unit: 'binary' }));
  const anyRules = fc.constantFrom(DCV, CAA, REVERSE, { ...DCV, allowTestNames: true });

  it('never throws and quotes no control character of the input', () => {
    fc.assert(
      fc.property(anyText, anyRules, (text, rules) => {
        const result = normaliseTarget(text, rules);
        if (!result.ok) expect(result.message).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      }),
      { numRuns: 500 },
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(anyText, anyRules, (text, rules) => {
        const result = normaliseTarget(text, rules);
        fc.pre(result.ok);
        const { target } = result;
        const prefix = target.kind === 'domain' && target.wildcard ? '*.' : '';
        const again = prefix + (target.kind === 'ip' ? target.address : target.name);
        expect(normaliseTarget(again, rules)).toEqual(result);
      }),
    );
  });

  it('accepts an address if and only if it is not reserved', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        expect(normaliseTarget(text, DCV).ok).toBe(!isReservedAddress(text));
      }),
    );
  });

  it('never returns a domain target that can be parsed as an address', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const result = normaliseTarget(text, DCV);
        if (!result.ok || result.target.kind !== 'domain') return;
        expect(parseIpAddress(result.target.name)).toBeNull();
        expect(new URL(`http://${result.target.name}/`).hostname).toBe(result.target.name);
      }),
    );
  });
});
