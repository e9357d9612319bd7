import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeAddressBlock } from '../signed-tree/name-servers.ts';
import { dsRecord } from './keys.ts';
import { childOf, labelsOf, parentOf } from './names.ts';
import { a, caa, ns, type Rr } from './records.ts';
import { type CraftedServer, startCraftedServer } from './server.ts';
import { Zone, type ZoneSpec } from './zone.ts';

/** Last octets of the server addresses of a world. `NOBODY`: nothing listens there. */
export const HOST = { ROOT: 1, TLD: 2, LEAF: 3, OTHER: 4, LAME: 5, NOBODY: 9 } as const;

/** A small Internet of crafted zones on loopback, below its own signed root. */
export interface CraftedWorld {
  readonly rootHintsFile: string;
  readonly trustAnchorFile: string;
  /** The same anchor in the form that delv reads. */
  readonly delvAnchorFile: string;
  readonly network: string;
  zone(name: string): Zone;
  server(host: number): CraftedServer;
  close(): Promise<void>;
}

/** Top-level domains that always exist: with NSEC3, NSEC3 with opt-out, NSEC, and unsigned. */
const TOP_LEVEL: readonly ZoneSpec[] = [
  { name: 'test.', nsec3: {} },
  { name: 'opt.', nsec3: { optOut: true } },
  { name: 'plain.' },
  { name: 'uns.', keys: null },
];

/** A name that always resolves, in a domain that no case uses. */
export const CONTROL_NAME = 'www.control.opt';
const CONTROL: ZoneSpec = {
  name: 'control.opt.',
  records: [a('www.control.opt.', '192.0.2.9'), caa('control.opt.', 'ca.example')],
};

/** Serve `specs`; the nearest zone above each zone delegates it, with its DS records. */
export async function startCraftedWorld(specs: readonly ZoneSpec[]): Promise<CraftedWorld> {
  const block = await takeAddressBlock();
  const folder = await mkdtemp(join(tmpdir(), 'mpic-crafted-'));
  const addressOf = (host: number) => `${block.prefix}.${host}`;
  const zones = buildZones(specs, addressOf);
  const servers = new Map<number, CraftedServer>();
  const close = async () => {
    await Promise.all([...servers.values()].map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
    block.release();
  };
  try {
    for (const host of [HOST.ROOT, HOST.TLD, HOST.LEAF, HOST.OTHER, HOST.LAME]) {
      const served = zones.filter(({ spec }) => serversOf(spec).includes(host));
      servers.set(host, await startCraftedServer(addressOf(host), host === HOST.LAME ? [] : served));
    }
    return {
      ...(await writeFiles(folder, zones, addressOf(HOST.ROOT))),
      network: `${block.prefix}.0/24`,
      zone: (name) =>
        required(
          zones.find((zone) => zone.name === name),
          `zone ${name}`,
        ),
      server: (host) => required(servers.get(host), `server ${host}`),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new TypeError(`there is no ${what}`);
  return value;
}

function serversOf({ name, servers }: ZoneSpec): readonly number[] {
  if (servers !== undefined) return servers;
  if (name === '.') return [HOST.ROOT];
  return labelsOf(name).length === 1 ? [HOST.TLD] : [HOST.LEAF];
}

/** From the leaves up, because a zone contains the DS records of the zones below it. */
function buildZones(specs: readonly ZoneSpec[], addressOf: (host: number) => string): readonly Zone[] {
  const named = new Set(specs.map(({ name }) => name));
  const all = [{ name: '.' }, ...TOP_LEVEL, CONTROL].filter(({ name }) => !named.has(name)).concat(specs);
  const deepestFirst = all.toSorted((one, other) => labelsOf(other.name).length - labelsOf(one.name).length);
  const zones: Zone[] = [];
  for (const spec of deepestFirst) {
    const children = zones.filter(({ name }) => parentZone(name, all) === spec.name);
    const own = serverRecords(spec, addressOf);
    zones.push(new Zone(spec, [...own, ...children.flatMap((child) => delegationOf(child, addressOf))]));
  }
  return zones;
}

function parentZone(name: string, all: readonly ZoneSpec[]): string | null {
  if (name === '.') return null;
  for (let at = parentOf(name); ; at = parentOf(at)) {
    if (all.some((spec) => spec.name === at)) return at;
    if (at === '.') return null;
  }
}

function serverRecords(spec: ZoneSpec, addressOf: (host: number) => string): readonly Rr[] {
  return serversOf(spec).flatMap((host) => {
    const server = childOf(spec.name, `ns${host}`);
    return [ns(spec.name, server), a(server, addressOf(host))];
  });
}

function delegationOf(zone: Zone, addressOf: (host: number) => string): readonly Rr[] {
  return [...serverRecords(zone.spec, addressOf), ...zone.ds.map((fields) => dsRecord(zone.name, fields))];
}

async function writeFiles(folder: string, zones: readonly Zone[], rootAddress: string) {
  const [anchor] = required(
    zones.find(({ name }) => name === '.'),
    'root',
  ).ds;
  const { keyTag, algorithm, digestType, digest } = required(anchor, 'key of the root');
  const hex = digest.toString('hex').toUpperCase();
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, `${text}\n`);
    return path;
  };
  return {
    rootHintsFile: await write('root.hints', `. 3600000 NS a.root.\na.root. 3600000 A ${rootAddress}`),
    trustAnchorFile: await write('anchor.ds', `. IN DS ${keyTag} ${algorithm} ${digestType} ${hex}`),
    delvAnchorFile: await write(
      'anchor.bind',
      `trust-anchors { . static-ds ${keyTag} ${algorithm} ${digestType} "${hex}"; };`,
    ),
  };
}
