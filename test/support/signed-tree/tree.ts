import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AddressBlock,
  type NameServer,
  type ServerPlan,
  startNameServer,
  takeAddressBlock,
  zoneFile,
} from './name-servers.ts';
import { type SignedZone, type Signing, signZone } from './signing.ts';
import { recordsOf, replaceRecords } from './tampering.ts';
import {
  commonRecords,
  type DsChoice,
  GRANDCHILDREN,
  LEAF_ZONES,
  type LeafZone,
  OUTSIDE_ADDRESS,
  type Place,
  TREE_CA,
} from './zones.ts';

/** Real name servers with real signed zones on loopback, below its own root. */
export interface SignedTree {
  /** Paths of files in the formats of unbound's root-hints and trust-anchor-file. */
  readonly rootHintsFile: string;
  readonly trustAnchorFile: string;
  /** The network of all addresses of the tree, for `MPIC_ALLOW_NETWORKS`. */
  readonly network: string;
  /** The name server of the `mortal` zones. */
  readonly mortal: { stop(): Promise<void>; start(): Promise<void> };
  close(): Promise<void>;
}

/** Last octets of addresses in the tree's block. */
const HOSTS = { root: 1, tld: 2, leaf: 3, mortal: 4, lame: 5, nobody: 9 } as const;

interface Workshop {
  readonly issuer: string;
  readonly folder: string;
  readonly block: AddressBlock;
}

/**
 * Create and sign the zones, tamper with those that need it, and serve them. Takes a few seconds. Every tree has its
 * own keys.
 *
 * @param issuer the CA that CAA permits.
 */
export async function startSignedTree(issuer = TREE_CA): Promise<SignedTree> {
  const block = await takeAddressBlock();
  const folder = await mkdtemp(join(tmpdir(), 'mpic-signed-tree-'));
  const workshop: Workshop = { folder, block, issuer };
  const servers: NameServer[] = [];
  const close = async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
    block.release();
  };
  try {
    const anchor = await buildZones(workshop);
    const plans = planServers(block);
    const started = await Promise.allSettled(plans.map((plan) => startNameServer(folder, plan)));
    for (const start of started) if (start.status === 'fulfilled') servers.push(start.value);
    for (const start of started) if (start.status === 'rejected') throw start.reason;
    return {
      ...(await writeRootFiles(workshop, anchor)),
      mortal: mortalServer(folder, plans, servers),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function addressOf({ prefix }: AddressBlock, host: keyof typeof HOSTS): string {
  return `${prefix}.${HOSTS[host]}`;
}

/** From the leaves up, because each zone signs the DS records of the zones below. Returns the DS record of the root. */
async function buildZones(workshop: Workshop): Promise<string> {
  const grandchildren = await Promise.all(GRANDCHILDREN.map((zone) => buildLeaf(workshop, zone, '')));
  const belowParent = grandchildren.map(({ ds }) => ds).join('\n');
  const leaves = await Promise.all(
    LEAF_ZONES.map((zone) => buildLeaf(workshop, zone, zone.name === 'parent.test.' ? belowParent : '')),
  );
  await forgeCut(workshop, leaves, grandchildren);
  const delegations = (tld: string) =>
    leaves
      .filter(({ zone }) => zone.name.endsWith(`.${tld}`))
      .map((leaf) => delegationOf(workshop, leaf))
      .join('\n');
  const [test, opt] = await Promise.all([
    buildTld(workshop, 'test.', delegations('test.'), { nsec3Iterations: 0 }),
    buildTld(workshop, 'opt.', delegations('opt.'), { nsec3Iterations: 0, optOut: true }),
    buildTld(workshop, 'uns.', delegations('uns.'), null),
  ]);
  return buildRoot(workshop, [test, opt]);
}

interface BuiltZone {
  readonly zone: LeafZone;
  readonly signed: SignedZone | null;
  /** DS records in the parent zone; empty if there are none. */
  readonly ds: string;
}

async function buildLeaf(workshop: Workshop, zone: LeafZone, more: string): Promise<BuiltZone> {
  const records = [zone.bare === true ? '' : commonRecords(workshop.issuer), zone.records ?? ''].join('\n');
  const leaf = addressOf(workshop.block, 'leaf');
  const text = [
    headOf(zone.name),
    ...serversOf(workshop, zone),
    records.replaceAll('{leaf}', leaf),
    // DS records include their owner names.
    more,
  ].join('\n');
  const signed =
    zone.signing === null ? null : await signZone(workshop.folder, zone.name, text, zone.signing);
  const lines = signed === null ? [text] : (zone.tampering?.(signed.lines) ?? signed.lines);
  await serve(workshop, zone.name, lines);
  return { zone, signed, ds: dsRecord(zone.name, zone.ds, signed) };
}

function headOf(zone: string): string {
  return `$ORIGIN ${zone}\n$TTL 3600\n@ SOA ns host 1 7200 3600 1209600 300`;
}

/** NS records of a zone, and the addresses of name servers inside it; the same in the parent and in the zone. */
function serversOf({ block }: Workshop, { name, places, foreignServer }: LeafZone): readonly string[] {
  if (foreignServer !== undefined) return [`${name} NS ${foreignServer}`];
  return places.flatMap((place: Place, index) => [
    `${name} NS ns${index}.${name}`,
    `ns${index}.${name} A ${place === 'outside' ? OUTSIDE_ADDRESS : addressOf(block, place)}`,
  ]);
}

function delegationOf(workshop: Workshop, { zone, ds }: BuiltZone): string {
  return [...serversOf(workshop, zone), ds].join('\n');
}

function dsRecord(zone: string, choice: DsChoice, signed: SignedZone | null): string {
  const any = `${zone} IN DS 4242 13 2 ${'CD'.repeat(32)}`;
  switch (choice) {
    case 'none':
      return '';
    case 'wrong':
      return any;
    case 'unknown-algorithm':
      return any.replace(' 13 2 ', ' 200 2 ');
    case 'unknown-digest':
      return any.replace(' 13 2 ', ' 13 200 ');
    default:
      return signed?.ds[({ sha1: 1, sha256: 2, sha384: 4 } as const)[choice]] ?? '';
  }
}

async function serve({ folder }: Workshop, zone: string, lines: readonly string[]): Promise<void> {
  await writeFile(join(folder, zoneFile(zone)), `${lines.join('\n')}\n`);
}

/**
 * The zone `forged.parent.test` denies the CAA record at its apex with the NSEC record of its delegation in the parent
 * zone. That record is validly signed, but only shows that the child is delegated (RFC 6840 section 4.1).
 */
async function forgeCut(
  workshop: Workshop,
  leaves: readonly BuiltZone[],
  grandchildren: readonly BuiltZone[],
): Promise<void> {
  const name = 'forged.parent.test.';
  const parent = leaves.find(({ zone }) => zone.name === 'parent.test.')?.signed;
  const child = grandchildren.find(({ zone }) => zone.name === name)?.signed;
  if (!parent || !child) throw new TypeError(`${name} needs its parent`);
  const forged = recordsOf(parent.lines, 'NSEC', name);
  await serve(workshop, name, replaceRecords('NSEC', name, forged)(child.lines));
}

async function buildTld(
  workshop: Workshop,
  tld: string,
  delegations: string,
  signing: Signing | null,
): Promise<string> {
  const text = [headOf(tld), tldServer(workshop, tld), delegations].join('\n');
  const signed = signing === null ? null : await signZone(workshop.folder, tld, text, signing);
  await serve(workshop, tld, signed?.lines ?? [text]);
  return signed?.ds[2] ?? '';
}

function tldServer({ block }: Workshop, tld: string): string {
  return `${tld} NS ns.nic.${tld}\nns.nic.${tld} A ${addressOf(block, 'tld')}`;
}

async function buildRoot(workshop: Workshop, ds: readonly string[]): Promise<string> {
  const text = [
    headOf('.'),
    '. NS a.root.',
    `a.root. A ${addressOf(workshop.block, 'root')}`,
    ...['test.', 'opt.', 'uns.'].map((tld) => tldServer(workshop, tld)),
    ...ds,
  ].join('\n');
  const signed = await signZone(workshop.folder, '.', text, {});
  await serve(workshop, '.', signed.lines);
  return signed.ds[2];
}

async function writeRootFiles({ folder, block }: Workshop, anchor: string) {
  const rootHintsFile = join(folder, 'root.hints');
  const trustAnchorFile = join(folder, 'root-anchor.ds');
  const address = addressOf(block, 'root');
  await writeFile(rootHintsFile, `. 3600000 NS a.root.\na.root. 3600000 A ${address}\n`);
  await writeFile(trustAnchorFile, `${anchor}\n`);
  return { rootHintsFile, trustAnchorFile, network: `${block.prefix}.0/24` };
}

function planServers(block: AddressBlock): readonly ServerPlan[] {
  const zonesAt = (place: Place) =>
    [...LEAF_ZONES, ...GRANDCHILDREN]
      .filter(({ places, foreignServer }) =>
        (foreignServer === undefined ? places : ['leaf']).includes(place),
      )
      .map(({ name }) => name);
  return [
    { name: 'root', address: addressOf(block, 'root'), zones: ['.'] },
    { name: 'tld', address: addressOf(block, 'tld'), zones: ['test.', 'opt.', 'uns.'] },
    { name: 'leaf', address: addressOf(block, 'leaf'), zones: zonesAt('leaf') },
    { name: 'mortal', address: addressOf(block, 'mortal'), zones: zonesAt('mortal') },
    { name: 'lame', address: addressOf(block, 'lame'), zones: [] },
  ];
}

function mortalServer(
  folder: string,
  plans: readonly ServerPlan[],
  servers: NameServer[],
): SignedTree['mortal'] {
  const index = plans.findIndex(({ name }) => name === 'mortal');
  const plan = plans[index];
  return {
    stop: async () => servers[index]?.stop(),
    start: async () => {
      await servers[index]?.stop();
      if (plan !== undefined) servers[index] = await startNameServer(folder, plan);
    },
  };
}
