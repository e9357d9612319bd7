import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfiguredPerspective } from '../../../../shared/contract/settings/perspective-file.ts';
import { planResolvers } from '../../../../shared/contract/settings/resolver-plan.ts';
import type { ServiceConfig } from '../../../../shared/contract/settings/service-config.ts';
import type { InstalledUnbound } from '../../../../shared/contract/settings/unbound-floor.ts';
import { SIX, TWELVE } from '../../../support/perspectives.ts';

type PlannedConfig = Pick<ServiceConfig, 'backend' | 'policy' | 'primary' | 'resolver' | 'unboundPatched'>;

const LOCAL: PlannedConfig = {
  backend: 'embedded',
  policy: 'baseline-requirements',
  primary: null,
  resolver: null,
  unboundPatched: null,
};
const VERSION = { version: '1.22.0', release: '1.22.0-2' };
const OLD = { version: '1.17.1', release: '1.17.1-2+deb12u4' };
const [FIRST = ''] = SIX;
const PRIMARY = { kind: 'perspective', code: FIRST } as const;

const six = (changes: Readonly<Record<string, string>> = {}): readonly ConfiguredPerspective[] =>
  TWELVE.slice(0, 6).map((one) => ({ ...one, resolver: changes[one.code] ?? null }));

const modesOf = (...parameters: Parameters<typeof planResolvers>) => [
  ...new Set(planResolvers(...parameters).modes.values()),
];

describe('planResolvers: who asks what', () => {
  it.each<{
    name: string;
    config?: Partial<PlannedConfig>;
    version?: InstalledUnbound | null;
    modes: readonly string[];
  }>([
    { name: 'everybody their own unbound when nobody says otherwise', modes: ['unbound'] },
    {
      name: 'the resolver of the machine when unbound is missing in a lab',
      version: null,
      modes: ['system'],
    },
    {
      name: 'unbound on aws, even where it is missing',
      config: { backend: 'aws' },
      version: null,
      modes: ['unbound'],
    },
    { name: 'what MPIC_RESOLVER names', config: { resolver: '127.0.0.1:5300' }, modes: ['127.0.0.1:5300'] },
  ])('$name', ({ config, version = VERSION, modes }) => {
    expect(modesOf({ ...LOCAL, ...config }, six(), version)).toEqual(modes);
  });

  it('a perspective that names its own resolver is not overruled', () => {
    const plan = planResolvers({ ...LOCAL, resolver: 'system' }, six({ [FIRST]: 'unbound' }), VERSION);
    expect(plan.modes.get(FIRST)).toBe('unbound');
    expect([...plan.modes.values()].filter((mode) => mode === 'system')).toHaveLength(5);
  });
});

describe('planResolvers: what stops the start', () => {
  it.each<{
    name: string;
    config?: Partial<PlannedConfig>;
    perspectives?: readonly ConfiguredPerspective[];
    version?: InstalledUnbound | null;
    problem: RegExp;
  }>([
    {
      name: 'unbound missing on aws where nobody declared another resolver',
      config: { backend: 'aws' },
      version: null,
      problem: /unbound is not installed, and each of the perspectives us-east-1, .* must ask it: install it/,
    },
    {
      name: 'unbound missing where a perspective names it',
      perspectives: six({ [FIRST]: 'unbound' }),
      version: null,
      problem: /unbound is not installed, and perspective us-east-1 must ask it: install it \(Debian/,
    },
    {
      name: 'unbound missing where MPIC_RESOLVER names it',
      config: { resolver: 'unbound' },
      version: null,
      problem: /unbound is not installed/,
    },
    {
      name: 'a primary perspective that falls back to the resolver of the machine',
      config: { primary: PRIMARY },
      version: null,
      problem: /the primary perspective us-east-1 asks system and would not validate DNSSEC/,
    },
    {
      name: 'a primary perspective that names another resolver',
      config: { primary: PRIMARY },
      perspectives: six({ [FIRST]: '127.0.0.1:53' }),
      problem: /the primary perspective us-east-1 asks 127\.0\.0\.1:53/,
    },
    {
      name: 'a primary perspective under an MPIC_RESOLVER that does not validate',
      config: { primary: PRIMARY, resolver: 'system' },
      problem: /give it the resolver unbound/,
    },
  ])('$name', ({ config, perspectives = six(), version = VERSION, problem }) => {
    const { problems } = planResolvers({ ...LOCAL, ...config }, perspectives, version);
    expect(problems).toContainEqual(expect.stringMatching(problem));
  });

  it.each<{ name: string; config: Partial<PlannedConfig>; perspectives?: readonly ConfiguredPerspective[] }>([
    { name: 'a primary perspective with unbound', config: { primary: PRIMARY } },
    {
      name: 'a primary perspective with unbound of its own beside others that do not validate',
      config: { primary: PRIMARY, resolver: 'system' },
      perspectives: six({ [FIRST]: 'unbound' }),
    },
    {
      name: 'a primary site of the CA, which is not ours to run',
      config: {
        primary: { kind: 'site', name: 'HQ', latitude: 52.5, longitude: 13.4 },
        resolver: 'system',
      },
    },
    {
      name: 'a primary that does not validate under open-mpic',
      config: { primary: PRIMARY, resolver: 'system', policy: 'open-mpic' },
    },
    {
      name: 'a primary that another process hosts',
      config: { primary: { kind: 'perspective', code: 'elsewhere-1' }, resolver: 'system' },
    },
  ])('not $name', ({ config, perspectives = six() }) => {
    expect(planResolvers({ ...LOCAL, ...config }, perspectives, VERSION).problems).toEqual([]);
  });

  const resolver = fc.constantFrom(null, 'unbound', 'system', '127.0.0.1:53', '192.0.2.53');
  it('under baseline-requirements no configuration starts a primary that does not validate', () => {
    void fc.assert(
      fc.property(
        fc.constantFrom('embedded', 'emulated', 'aws'),
        resolver,
        resolver,
        fc.constantFrom(null, VERSION),
        (backend, global, own, version) => {
          const perspectives = six(own === null ? {} : { [FIRST]: own });
          const plan = planResolvers(
            { ...LOCAL, backend, resolver: global, primary: PRIMARY },
            perspectives,
            version,
          );
          const validates = plan.modes.get(FIRST) === 'unbound' && version !== null;
          expect(plan.problems.length === 0 && !validates).toBe(false);
        },
      ),
    );
  });

  it('on aws no perspective goes without validation unless it was declared', () => {
    void fc.assert(
      fc.property(resolver, fc.constantFrom(null, VERSION), (own, version) => {
        const perspectives = six(own === null ? {} : { [FIRST]: own });
        const plan = planResolvers({ ...LOCAL, backend: 'aws' }, perspectives, version);
        for (const { code, resolver: declared } of perspectives) {
          if (declared === null) expect(plan.modes.get(code)).toBe('unbound');
        }
        if (version === null) expect(plan.problems).not.toEqual([]);
      }),
    );
  });
});

describe('planResolvers: an unbound without the repair of KeyTrap', () => {
  const aws = { ...LOCAL, backend: 'aws' as const };

  it.each([
    { name: 'stops the start on aws', config: aws, problems: 1, warnings: 0 },
    { name: 'is warned of elsewhere', config: LOCAL, problems: 0, warnings: 1 },
    {
      name: 'starts on aws where the operator declares its release',
      config: { ...aws, unboundPatched: OLD.release },
      problems: 0,
      warnings: 0,
    },
    {
      name: 'stops the start on aws where the operator declares another release',
      config: { ...aws, unboundPatched: '1.17.1-2+deb12u5' },
      problems: 1,
      warnings: 0,
    },
  ])('$name', ({ config, problems, warnings }) => {
    const plan = planResolvers(config, six(), OLD);
    expect(plan.problems.filter((text) => text.includes('CVE-2023-50387'))).toHaveLength(problems);
    expect(plan.warnings.filter((text) => text.includes('CVE-2023-50387'))).toHaveLength(warnings);
  });

  it('does not matter where no perspective asks it', () => {
    const plan = planResolvers({ ...aws, resolver: 'system' }, six(), OLD);
    expect([...plan.problems, ...plan.warnings].join()).not.toContain('CVE-2023-50387');
  });
});

describe('planResolvers: what an operator is told', () => {
  it('in one line what is missing and how to get it', () => {
    const { warnings } = planResolvers(LOCAL, six(), null);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^unbound is not installed.*"not validated".*apt install unbound/);
    expect(warnings[0]).not.toContain('\n');
  });

  it('whose results are not validated by declaration', () => {
    const { warnings } = planResolvers(LOCAL, six({ [FIRST]: 'system' }), VERSION);
    expect(warnings).toEqual([
      expect.stringMatching(/^perspective us-east-1 asks a resolver that it does not run/),
    ]);
  });

  it('nothing when everybody validates', () => {
    expect(planResolvers(LOCAL, six(), VERSION).warnings).toEqual([]);
  });
});
