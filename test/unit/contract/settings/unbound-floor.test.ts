import { describe, expect, it } from 'vitest';
import { findUnboundProblem, labelOf } from '../../../../shared/contract/settings/unbound-floor.ts';

const of = (version: string, release: string | null = null) => ({ version, release });

describe('findUnboundProblem', () => {
  it.each([
    { name: 'the first version with the repair', unbound: of('1.19.1'), declared: null },
    { name: 'a later minor version', unbound: of('1.20.0'), declared: null },
    { name: 'a later major version', unbound: of('2.0.0'), declared: null },
    {
      name: 'the very release that is declared',
      unbound: of('1.17.1', '1.17.1-2+deb12u4'),
      declared: '1.17.1-2+deb12u4',
    },
    {
      name: 'the build that is declared with later ones',
      unbound: of('1.17.1', '1.17.1-1.amzn2023.0.13'),
      declared: '1.17.1-1.amzn2023.0.13+',
    },
    {
      name: 'a later build of the release that is declared',
      unbound: of('1.17.1', '1.17.1-1.amzn2023.0.113'),
      declared: '1.17.1-1.amzn2023.0.13+',
    },
    { name: 'a version without a package that is declared', unbound: of('1.18.0'), declared: '1.18.0' },
  ])('accepts $name', ({ unbound, declared }) => {
    expect(findUnboundProblem(unbound, declared)).toBeNull();
  });

  it.each([
    { name: 'the last version without the repair', unbound: of('1.19.0'), declared: null },
    {
      name: 'an old version without a declaration',
      unbound: of('1.17.1', '1.17.1-2+deb12u4'),
      declared: null,
    },
    {
      name: 'another release than the one declared',
      unbound: of('1.17.1', '1.17.1-2+deb12u3'),
      declared: '1.17.1-2+deb12u4',
    },
    {
      name: 'a later release than the one declared, without a plus sign',
      unbound: of('1.17.1', '1.17.1-2+deb12u5'),
      declared: '1.17.1-2+deb12u4',
    },
    {
      name: 'an earlier build than the one declared',
      unbound: of('1.17.1', '1.17.1-1.amzn2023.0.9'),
      declared: '1.17.1-1.amzn2023.0.13+',
    },
    {
      name: 'a build of another release than the one declared',
      unbound: of('1.16.0', '1.16.0-1.amzn2023.0.99'),
      declared: '1.17.1-1.amzn2023.0.13+',
    },
    {
      name: 'a package where only its version is declared',
      unbound: of('1.17.1', '1.17.1-2+deb12u4'),
      declared: '1.17.1',
    },
    { name: 'a plus sign after nothing', unbound: of('1.17.1', '1.17.1-2'), declared: '+' },
  ])('rejects $name, naming the weakness and the way out', ({ unbound, declared }) => {
    const problem = findUnboundProblem(unbound, declared);
    expect(problem).toContain('CVE-2023-50387');
    expect(problem).toContain(`MPIC_UNBOUND_PATCHED=${unbound.release ?? unbound.version}`);
  });
});

describe('labelOf', () => {
  it.each([
    { unbound: of('1.17.1'), label: '1.17.1' },
    { unbound: of('1.17.1', '1.17.1-2+deb12u4'), label: '1.17.1-2+deb12u4' },
    { unbound: of('1.20.0', '1.20.0'), label: '1.20.0' },
    { unbound: of('1.17.1', '2:1.17.1-3'), label: '1.17.1 (2:1.17.1-3)' },
  ])('calls $unbound "$label"', ({ unbound, label }) => {
    expect(labelOf(unbound)).toBe(label);
  });
});
