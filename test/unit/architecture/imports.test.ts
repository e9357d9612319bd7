import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Folders from the ground up: a file may import from its own floor and those below, never from above. */
const FLOORS: readonly (readonly string[])[] = [
  [
    'shared/domain/mpic',
    'shared/domain/caa',
    'shared/domain/dcv',
    'shared/domain/net',
    'shared/ports',
    'shared/domain/errors.ts',
  ],
  ['shared/contract/messages', 'shared/contract/api', 'shared/contract/settings'],
  ['shared/adapters'],
  ['services/coordinator', 'services/perspective', 'services/coordinator', 'services/api'],
  ['services/hosts'],
  ['services/hosts/local', 'services/hosts/home'],
  ['infra'],
];

/** The pure folders: no clock, network, environment or SDK, so no package but the named ones and no Node module but hashing. */
const PURE = ['shared/domain/mpic', 'shared/domain/caa', 'shared/domain/dcv', 'shared/domain/net'];
const ALLOWED_IN_PURE = new Set(['asn1js', 'node:crypto', 're2js', 'tldts-icann', 'tr46']);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function listFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return listFiles(path);
    return path.endsWith('.ts') && !path.endsWith('.d.ts') ? [path] : [];
  });
}

function listImports(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)';/gms);
  return [...statements].map(([, typeOnly, specifier = '']) => ({
    from: file,
    to: specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), specifier)) : specifier,
    typeOnly: typeOnly !== undefined,
  }));
}

const IMPORTS = [...listFiles('shared'), ...listFiles('services'), ...listFiles('infra')].flatMap(
  listImports,
);

function floorOf(path: string): number {
  return FLOORS.findIndex((folders) =>
    folders.some((folder) => path === folder || path.startsWith(`${folder}/`)),
  );
}

const describeImport = ({ from, to }: Import) => `${from} -> ${to}`;

describe('the direction of imports', () => {
  it('finds the imports it is to judge', () => {
    expect(IMPORTS.length).toBeGreaterThan(200);
  });

  it('knows the floor of every file', () => {
    expect(IMPORTS.filter(({ from }) => floorOf(from) === -1).map(describeImport)).toEqual([]);
  });

  it('never leads from a lower floor to a higher one, but for types', () => {
    const upwards = IMPORTS.filter(({ to, typeOnly }) => !typeOnly && floorOf(to) !== -1).filter(
      ({ from, to }) => floorOf(from) < floorOf(to),
    );
    expect(upwards.map(describeImport)).toEqual([]);
  });

  it('keeps the pure folders free of everything that acts', () => {
    const impure = IMPORTS.filter(
      ({ from, to, typeOnly }) =>
        PURE.some((folder) => from.startsWith(`${folder}/`)) &&
        !typeOnly &&
        !to.startsWith('shared/') &&
        !ALLOWED_IN_PURE.has(to),
    );
    expect(impure.map(describeImport)).toEqual([]);
  });

  it('keeps the perspective apart from the stations at home', () => {
    const home = ['services/api', 'services/coordinator', 'services/coordinator'];
    const crossing = IMPORTS.filter(
      ({ from, to }) =>
        from.startsWith('services/perspective/') && home.some((folder) => to.startsWith(`${folder}/`)),
    );
    expect(crossing.map(describeImport)).toEqual([]);
  });
});
