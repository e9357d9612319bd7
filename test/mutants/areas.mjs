import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What is mutated, and the tests that have to notice it: files, or folders of files. `near` are the tests of the area itself, and run
 * first; `far` are those of its users, and run for what the near ones have not noticed. Tests with daemons and real deadlines are not
 * among them: what only those notice is not tested where it is written.
 */
export const AREAS = {
  mpic: {
    mutate: ['shared/domain/mpic', 'shared/domain/check', 'shared/domain/rules'],
    near: ['test/unit/domain/mpic'],
    far: [
      'test/unit/domain/mpic/judge-attempt.test.ts',
      'test/unit/coordinator/report.test.ts',
      'test/unit/coordinator/finish.test.ts',
      'test/unit/contract/api/response.test.ts',
      'test/unit/contract/api/perspective-item.test.ts',
      'test/unit/api/perspective-health.test.ts',
      'test/unit/cli/replay-decision.test.ts',
      'test/conformance/rules',
      'test/unit/coordinator',
    ],
  },
  caa: {
    mutate: ['shared/domain/caa', 'shared/domain/dns'],
    near: ['test/unit/domain/caa', 'test/conformance/caa.test.ts', 'test/conformance/caa-carve-out.test.ts'],
    far: [
      'test/unit/perspective/check-caa.test.ts',
      'test/unit/perspective/check-caa-asking.test.ts',
      'test/unit/perspective/check-caa-carve-out.test.ts',
      'test/conformance/rules',
    ],
  },
  trust: {
    mutate: [
      'shared/adapters/dns/trust',
      'shared/adapters/dns/message/type-bitmap.ts',
      'shared/adapters/dns/stub/verify-trust.ts',
    ],
    near: [
      'test/unit/adapters/dns/trust',
      'test/unit/adapters/dns/stub/type-bitmap.test.ts',
      'test/unit/adapters/dns/stub/verify-trust.test.ts',
    ],
    far: [
      'test/unit/adapters/dns/stub/stub-resolver.test.ts',
      'test/unit/adapters/dns/unbound/unbound-resolver.test.ts',
    ],
  },
  net: {
    mutate: ['shared/domain/net'],
    near: ['test/unit/domain/net'],
    far: ['test/unit/api/accept.test.ts'],
  },
  dcv: {
    mutate: ['shared/domain/dcv'],
    near: ['test/unit/domain/dcv'],
    far: [
      'test/unit/perspective/check-dcv.test.ts',
      'test/unit/perspective/check-dns-dcv.test.ts',
      'test/unit/perspective/check-http-dcv.test.ts',
      'test/unit/perspective/check-tls-alpn.test.ts',
      'test/conformance/rules',
    ],
  },
};

/** The share of mutants, in percent, that the tests of an area have to find. */
export const GOAL = 92;

/** The area that this process works on. */
export function currentArea() {
  const name = process.env.MUTANTS_AREA;
  const area = AREAS[name];
  if (!area) throw new Error(`MUTANTS_AREA has to be one of ${Object.keys(AREAS).join(', ')}, not ${name}`);
  return { name, ...area };
}

/** Every test file that is named or lies in a folder that is named, once. */
export const testFiles = (paths) => filesOf(paths, '.test.ts');

/** Every file of the product that is named or lies in a folder that is named. */
export const sourceFiles = (paths) => filesOf(paths, '.ts').filter((file) => !file.endsWith('.d.ts'));

function filesOf(paths, ending) {
  return [...new Set(paths.flatMap((path) => open(path, ending)))];
}

function open(path, ending) {
  if (!statSync(path).isDirectory()) return [path];
  const files = readdirSync(path, { recursive: true }).filter((file) => file.endsWith(ending));
  return files.sort().map((file) => join(path, file));
}
