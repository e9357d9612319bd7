import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

/**
 * The folders of `docs/architecture.md`, and which others each may import from, types included. A file belongs to the one with
 * the longest path.
 */
const ROOMS: ReadonlyMap<string, readonly string[]> = readRooms();

function readRooms(): Map<string, readonly string[]> {
  const text = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const [, table = ''] = text.split('| folder | holds | may import |');
  const [rows = ''] = table.split('\n\n');
  const cells = [...rows.matchAll(/^\| `([^`]+)` \| [^|]* \|([^|]*)\|$/gm)];
  return new Map(
    cells.map(([, room = '', allowed = '']) => [
      room,
      [...allowed.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one),
    ]),
  );
}

/** What domain and contract may import besides each other: hashing, and packages that act on nothing. */
const PURE_PACKAGES = new Set(['asn1js', 'node:crypto', 're2js', 'tldts-icann', 'tr46', 'zod']);

interface Import {
  readonly from: string;
  readonly to: string;
}

function listFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return listFiles(path);
    return path.endsWith('.ts') && !path.endsWith('.d.ts') ? [path] : [];
  });
}

const IMPORT = /^(?:import|export)\s+(?:[^;'"]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/gm;

function listImports(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, declared, loaded]) => {
    const specifier = declared ?? loaded ?? '';
    const path = relative(ROOT, resolve(ROOT, dirname(file), specifier));
    return { from: file, to: specifier.startsWith('.') ? path : specifier };
  });
}

const FILES = ['shared', 'services', 'infra'].flatMap(listFiles);
const IMPORTS = FILES.flatMap(listImports);

function roomOf(path: string): string | null {
  const rooms = [...ROOMS.keys()].filter((room) => path.startsWith(`${room}/`));
  return rooms.sort((one, other) => other.length - one.length)[0] ?? null;
}

const isOurs = ({ to }: Import) => /^(?:shared|services|infra|test)\//.test(to);
const describeImport = ({ from, to }: Import) => `${from} -> ${to}`;

/** Every circle that a depth-first walk over `edges` meets, each as the nodes on it. */
function findCircles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (node: string) => {
    if (path.includes(node)) circles.push([...path.slice(path.indexOf(node)), node].join(' -> '));
    if (path.includes(node) || done.has(node)) return;
    path.push(node);
    for (const next of edges.get(node) ?? []) walk(next);
    path.pop();
    done.add(node);
  };
  for (const node of edges.keys()) walk(node);
  return circles;
}

function edgesBetween(nameOf: (path: string) => string): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of IMPORTS.filter(isOurs)) {
    const [here, there] = [nameOf(from), nameOf(to)];
    if (here === there) continue;
    edges.set(here, (edges.get(here) ?? new Set()).add(there));
  }
  return edges;
}

describe('imports, as docs/architecture.md has them', () => {
  it('finds the imports that it judges, and the table that it judges by', () => {
    expect(IMPORTS.length).toBeGreaterThan(1000);
    expect(ROOMS.size).toBe(12);
  });

  it('knows the room of every file', () => {
    expect(FILES.filter((file) => roomOf(file) === null)).toEqual([]);
  });

  it('lead from each room only to those it may know, types included', () => {
    const forbidden = IMPORTS.filter(isOurs).filter(({ from, to }) => {
      const room = roomOf(from) ?? '';
      const allowed = [room, ...(ROOMS.get(room) ?? [])];
      return !allowed.some((other) => to.startsWith(`${other}/`));
    });
    expect(forbidden.map(describeImport)).toEqual([]);
  });

  it.each(['domain', 'contract', 'client'])(
    'bring into the %s no package that acts, such as node:fs',
    (room) => {
      const acting = IMPORTS.filter(
        (one) => one.from.startsWith(`shared/${room}/`) && !isOurs(one) && !PURE_PACKAGES.has(one.to),
      );
      expect(acting.map(describeImport)).toEqual([]);
    },
  );

  it('form no circle of files', () => {
    expect(findCircles(edgesBetween((path) => path))).toEqual([]);
  });

  it('form no circle of folders', () => {
    expect(findCircles(edgesBetween(dirname))).toEqual([]);
  });
});
