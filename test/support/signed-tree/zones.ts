import type { Algorithm, Signing } from './signing.ts';
import {
  changeData,
  dropGapAround,
  dropRecords,
  dropSignatures,
  inOrder,
  replaceRecords,
  type Tampering,
} from './tampering.ts';

/** The TXT record of every `_acme-challenge` name in the tree. */
export const TREE_TOKEN = 'tree-token-5xqnwz7gk2mt';
/** The issuer that CAA permits, unless a name has another set. */
export const TREE_CA = 'ca.example';

/**
 * Where the name servers of a zone are. `nobody`: nothing listens there; `lame`: refuses every query; `outside`: at
 * {@link OUTSIDE_ADDRESS}, which is not in the network of the tree.
 */
export type Place = 'leaf' | 'mortal' | 'lame' | 'nobody' | 'outside';

export const OUTSIDE_ADDRESS = '127.54.0.1';

/** The DS record of a zone in its parent. */
export type DsChoice =
  | 'sha1'
  | 'sha256'
  | 'sha384'
  | 'none'
  | 'wrong'
  | 'unknown-algorithm'
  | 'unknown-digest';

export interface LeafZone {
  /** With its final dot. */
  readonly name: string;
  /** Null if the zone is not signed. */
  readonly signing: Signing | null;
  readonly ds: DsChoice;
  /** One name server at each place. */
  readonly places: readonly Place[];
  /** A name server in another zone, in place of {@link places}. */
  readonly foreignServer?: string;
  /** Records besides {@link commonRecords}; owners are relative to the zone. */
  readonly records?: string;
  /** Omit the common records. */
  readonly bare?: boolean;
  readonly tampering?: Tampering;
}

const SIGNED: Omit<LeafZone, 'name'> = { signing: {}, ds: 'sha256', places: ['leaf'] };
const UNSIGNED: Omit<LeafZone, 'name'> = { signing: null, ds: 'none', places: ['leaf'] };

const signed = (name: string, changes: Partial<LeafZone> = {}): LeafZone => ({ ...SIGNED, name, ...changes });
const unsigned = (name: string, changes: Partial<LeafZone> = {}): LeafZone => ({
  ...UNSIGNED,
  name,
  ...changes,
});

/** Zones that only test one algorithm each. */
export const ALGORITHM_ZONES: readonly (readonly [name: string, algorithm: Algorithm, number: number])[] = [
  ['rsasha1.test.', 'RSASHA1', 5],
  ['rsasha256.test.', 'RSASHA256', 8],
  ['rsasha512.test.', 'RSASHA512', 10],
  ['p256.test.', 'ECDSAP256SHA256', 13],
  ['p384.test.', 'ECDSAP384SHA384', 14],
  ['ed25519.test.', 'ED25519', 15],
  ['ed448.test.', 'ED448', 16],
];

const ALIASES = `
tocaa CNAME p256.test.
tosigned CNAME www.p256.test.
_acme-challenge.tosigned CNAME _acme-challenge.www.p256.test.
tounsigned CNAME www.unsigned.test.
_acme-challenge.tounsigned CNAME _acme-challenge.www.unsigned.test.
tobogus CNAME www.expired.test.
_acme-challenge.tobogus CNAME _acme-challenge.www.expired.test.
togone CNAME gone.p256.test.
tomortal CNAME mortal.test.
dn DNAME p256.test.
dnbogus DNAME expired.test.
loop1 CNAME loop2
loop2 CNAME loop1
${Array.from({ length: 9 }, (_, at) => `c${at} CNAME ${at === 8 ? 'forbidden.p256.test.' : `c${at + 1}`}`).join('\n')}
`;

const BIG = Array.from({ length: 999 }, (_, index) => `@ CAA 0 issue "ca${index}.example"`).join('\n');

/** All zones below the top-level domains. */
export const LEAF_ZONES: readonly LeafZone[] = [
  ...ALGORITHM_ZONES.map(([name, algorithm]) => signed(name, { signing: { algorithm } })),
  signed('nsec3.test.', { signing: { nsec3Iterations: 0 } }),
  signed('n3i50.test.', { signing: { nsec3Iterations: 50 } }),
  signed('n3i51.test.', { signing: { nsec3Iterations: 51 } }),
  signed('n3i150.test.', { signing: { nsec3Iterations: 150 } }),
  signed('optout.test.', { signing: { nsec3Iterations: 0, optOut: true } }),
  signed('expired.test.', { signing: { validity: 'past' } }),
  signed('future.test.', { signing: { validity: 'future' } }),
  signed('dswrong.test.', { ds: 'wrong' }),
  signed('dssha1.test.', { ds: 'sha1' }),
  signed('dssha384.test.', { ds: 'sha384' }),
  signed('unkalg.test.', { ds: 'unknown-algorithm' }),
  signed('unkdig.test.', { ds: 'unknown-digest' }),
  unsigned('stripped.test.', { ds: 'wrong' }),
  signed('changed.test.', {
    tampering: (lines) =>
      changeData('TXT', TREE_TOKEN, 'forged')(changeData('CAA', TREE_CA, 'evil.example')(lines)),
  }),
  signed('nonsec.test.', { tampering: dropRecords('NSEC') }),
  signed('nonsec3.test.', { signing: { nsec3Iterations: 0 }, tampering: dropRecords('NSEC3') }),
  signed('badnsec.test.', { tampering: changeData('NSEC', ' A RRSIG NSEC', ' A TXT RRSIG NSEC') }),
  signed('onesig.test.', { tampering: dropSignatures('CAA', 'onesig.test.') }),
  signed('nowildproof.test.', {
    tampering: inOrder(
      dropRecords('NSEC', '*.wild.nowildproof.test.'),
      dropRecords('NSEC', '*.plainwild.nowildproof.test.'),
    ),
  }),
  signed('nowildcover.test.', { tampering: dropRecords('NSEC', 'nowildcover.test.') }),
  signed('nowildcover3.test.', {
    signing: { nsec3Iterations: 0 },
    tampering: dropGapAround('*.nowildcover3.test.'),
  }),
  signed('noclosercover3.test.', {
    signing: { nsec3Iterations: 0 },
    tampering: dropGapAround('gone.noclosercover3.test.'),
  }),
  signed('nodname.test.', { records: 'dn DNAME p256.test.', tampering: dropRecords('DNAME') }),
  signed('nodname3.test.', {
    signing: { nsec3Iterations: 0 },
    records: 'dn DNAME p256.test.',
    // Keeps the name, because the name server needs it as the closest encloser.
    tampering: replaceRecords('DNAME', 'dn.nodname3.test.', ['dn.nodname3.test. 300 IN A 192.0.2.5']),
  }),
  signed('nods.test.', { ds: 'none' }),
  unsigned('unsigned.test.'),
  signed('parent.test.', {
    records: `
child NS ns.child
ns.child A {leaf}
plain NS ns.plain
ns.plain A {leaf}
forged NS ns.forged
ns.forged A {leaf}
`,
  }),
  signed('aliases.test.', { records: ALIASES }),
  signed('big.test.', { records: BIG }),
  signed('flaky.test.', { places: ['nobody', 'lame', 'leaf'] }),
  signed('glueless.test.', { foreignServer: 'ns1.dns.opt.' }),
  unsigned('lame.test.', { places: ['lame'] }),
  signed('dead.test.', { places: ['nobody'] }),
  unsigned('deadunsigned.test.', { places: ['nobody'] }),
  unsigned('outside.test.', { places: ['outside'] }),
  signed('mortal.test.', { places: ['mortal'] }),
  unsigned('mortalunsigned.test.', { places: ['mortal'] }),
  signed('signed.opt.'),
  unsigned('unsigned.opt.'),
  unsigned('dns.opt.', { records: 'ns1 A {leaf}' }),
  unsigned('any.uns.'),
];

/** Zones whose parent is one of the leaves, on the same server. */
export const GRANDCHILDREN: readonly LeafZone[] = [
  signed('child.parent.test.'),
  unsigned('plain.parent.test.'),
  // Without CAA at its apex; the denial there is replaced by the record from the parent.
  signed('forged.parent.test.', { bare: true }),
];

/** The records of nearly every zone. */
export function commonRecords(issuer: string): string {
  return `
@ CAA 0 issue "${issuer}"
@ TXT "apex"
_acme-challenge TXT "${TREE_TOKEN}"
www A 192.0.2.2
_acme-challenge.www TXT "${TREE_TOKEN}"
forbidden CAA 0 issue ";"
deep.ent A 192.0.2.4
*.wild CAA 0 issue "${issuer}"
*.wild TXT "${TREE_TOKEN}"
*.plainwild TXT "${TREE_TOKEN}"
`;
}
