import type { CaaReason, DnssecStatus, InsecurityProof } from '../../../shared/domain/check/check.ts';
import { ALGORITHM_ZONES } from './zones.ts';

/** The expected outcome of a check of one name in the tree, at every validating perspective. */
export interface TreeCase {
  /** Test name: a sentence about the zone. */
  readonly name: string;
  /** The section with the rule. */
  readonly rule: string;
  readonly target: string;
  readonly caa: { readonly status: DnssecStatus; readonly passed: boolean; readonly reason: CaaReason };
  /**
   * Expected outcome of `dns-change` for the token at `_acme-challenge` below the target; omitted if the CAA check is
   * enough.
   */
  readonly dnsChange?: { readonly status: DnssecStatus; readonly passed: boolean };
  /** For an insecure CAA path: where the chain of trust ends. */
  readonly insecurity?: { readonly at: string; readonly by: InsecurityProof };
  /** An extended error that the CAA check reports (RFC 8914 section 4). */
  readonly ede?: number;
}

type Outcome = Pick<TreeCase, 'caa' | 'dnsChange'>;

const passes = (status: DnssecStatus): Outcome => ({
  caa: { status, passed: true, reason: 'authorised' },
  dnsChange: { status, passed: true },
});
const fails = (status: 'bogus' | 'indeterminate'): Outcome => ({
  caa: { status, passed: false, reason: 'lookup-failed' },
  dnsChange: { status, passed: false },
});
const caaOnly = (status: DnssecStatus, passed: boolean, reason: CaaReason): Outcome => ({
  caa: { status, passed, reason },
});
/** CAA fails because a denial is missing; the token itself exists and is signed. */
const deniesNothing: Outcome = {
  caa: { status: 'bogus', passed: false, reason: 'lookup-failed' },
  dnsChange: { status: 'secure', passed: true },
};

const ends = (at: string, by: InsecurityProof): Pick<TreeCase, 'insecurity'> => ({ insecurity: { at, by } });

const ALGORITHMS: readonly TreeCase[] = ALGORITHM_ZONES.map(([zone, algorithm, number]) => ({
  name: `a zone signed with algorithm ${number} (${algorithm}) is secure`,
  rule: 'RFC 8624 section 3.1',
  target: `www.${zone.slice(0, -1)}`,
  ...passes('secure'),
}));

const SIGNATURES: readonly TreeCase[] = [
  {
    name: 'expired signatures are bogus',
    rule: 'RFC 4035 section 5.3.1, K-04',
    ede: 7,
    target: 'www.expired.test',
    ...fails('bogus'),
  },
  {
    name: 'signatures that begin in the future are bogus',
    rule: 'RFC 4035 section 5.3.1, K-04',
    ede: 8,
    target: 'www.future.test',
    ...fails('bogus'),
  },
  {
    name: 'a DS that matches no key is bogus',
    rule: 'RFC 4035 section 5.2, K-02',
    target: 'www.dswrong.test',
    ...fails('bogus'),
  },
  {
    name: 'a DS without any signature below is bogus',
    rule: 'RFC 4035 section 5.2',
    target: 'www.stripped.test',
    ...fails('bogus'),
  },
  {
    name: 'data that was changed after signing is bogus',
    rule: 'RFC 4035 section 5.3.3',
    ede: 6,
    target: 'changed.test',
    ...fails('bogus'),
  },
  {
    name: 'one RRset without its signature is bogus, the others are not',
    rule: 'RFC 4035 section 5.3',
    target: 'onesig.test',
    ...deniesNothing,
  },
  {
    name: 'a DS with only a SHA-1 digest is used',
    rule: 'RFC 4509 section 3',
    target: 'www.dssha1.test',
    ...passes('secure'),
  },
  {
    name: 'a DS with a SHA-384 digest is used',
    rule: 'RFC 6605 section 2',
    target: 'www.dssha384.test',
    ...passes('secure'),
  },
];

const DENIALS: readonly TreeCase[] = [
  {
    name: 'a name without the type is denied by NSEC',
    rule: 'RFC 4035 section 5.4, E-01',
    target: 'www.p256.test',
    ...passes('secure'),
  },
  {
    name: 'a name that does not exist is denied by NSEC',
    rule: 'RFC 4035 section 5.4, E-02',
    target: 'gone.p256.test',
    ...passes('secure'),
    dnsChange: { status: 'secure', passed: false },
  },
  {
    name: 'an empty non-terminal is denied by NSEC',
    rule: 'RFC 4035 section 5.4, E-01',
    target: 'ent.p256.test',
    ...caaOnly('secure', true, 'authorised'),
  },
  {
    name: 'a name without the type is denied by NSEC3',
    rule: 'RFC 5155 section 8.5, N3-04',
    target: 'www.nsec3.test',
    ...passes('secure'),
  },
  {
    name: 'a name that does not exist is denied by NSEC3',
    rule: 'RFC 5155 section 8.4, N3-03',
    target: 'gone.nsec3.test',
    ...caaOnly('secure', true, 'authorised'),
  },
  {
    name: 'an empty non-terminal is denied by NSEC3',
    rule: 'RFC 5155 section 8.5',
    target: 'ent.nsec3.test',
    ...caaOnly('secure', true, 'authorised'),
  },
  {
    name: 'a denial without NSEC is bogus',
    rule: 'RFC 4035 section 5.4, E-09',
    ede: 12,
    target: 'www.nonsec.test',
    ...deniesNothing,
  },
  {
    name: 'a denial without NSEC3 is bogus',
    rule: 'RFC 5155 section 8.1, E-09',
    ede: 12,
    target: 'www.nonsec3.test',
    ...deniesNothing,
  },
  {
    name: 'a denial of a name that does not deny the wildcard is bogus, with NSEC',
    rule: 'RFC 4035 section 5.4, E-02',
    target: 'gone.nowildcover.test',
    ...caaOnly('bogus', false, 'lookup-failed'),
  },
  {
    name: 'a denial of a name that does not deny the wildcard is bogus, with NSEC3',
    rule: 'RFC 5155 section 8.4, N3-03',
    target: 'gone.nowildcover3.test',
    ...caaOnly('bogus', false, 'lookup-failed'),
  },
  {
    name: 'a denial without the gap that covers the name is bogus',
    rule: 'RFC 5155 section 8.3, N3-02',
    target: 'gone.noclosercover3.test',
    ...caaOnly('bogus', false, 'lookup-failed'),
  },
  {
    name: 'a denial below a DNAME by the record of the DNAME is bogus, with NSEC',
    rule: 'RFC 6840 section 4.1, E-06',
    target: 'x.dn.nodname.test',
    ...caaOnly('bogus', false, 'lookup-failed'),
  },
  {
    name: 'a denial below a DNAME by the record of the DNAME is bogus, with NSEC3',
    rule: 'RFC 5155 section 8.3, N3-02',
    target: 'x.dn.nodname3.test',
    ...caaOnly('bogus', false, 'lookup-failed'),
  },
  {
    name: 'a changed bit map is bogus',
    rule: 'RFC 4035 section 5.3.3',
    target: 'www.badnsec.test',
    ...deniesNothing,
  },
  {
    name: 'a denial by the record of the delegation in the parent zone is bogus',
    rule: 'RFC 6840 section 4.1, E-05',
    target: 'forged.parent.test',
    ...caaOnly('bogus', false, 'lookup-failed'),
  },
  {
    name: 'a secure set that forbids issuance applies',
    rule: 'RFC 8659 section 4',
    target: 'forbidden.nsec3.test',
    ...caaOnly('secure', false, 'issuer-not-authorised'),
  },
  {
    name: 'a set of 1000 records over TCP is secure',
    rule: 'RFC 7766 section 5',
    target: 'big.test',
    ...passes('secure'),
  },
];

const ITERATIONS: readonly TreeCase[] = [
  {
    name: 'a denial with 50 iterations is accepted',
    rule: 'RFC 9276 section 3.2, N3-08',
    target: 'www.n3i50.test',
    ...passes('secure'),
  },
  {
    name: 'a denial with 51 iterations is rejected',
    rule: 'RFC 9276 section 3.2, N3-08',
    ede: 27,
    target: 'www.n3i51.test',
    ...deniesNothing,
  },
  {
    name: 'a denial with 150 iterations is rejected',
    rule: 'RFC 9276 section 3.2, N3-08',
    ede: 27,
    target: 'gone.n3i150.test',
    ...caaOnly('bogus', false, 'lookup-failed'),
  },
  {
    name: 'a record in a zone with 150 iterations needs no denial',
    rule: 'RFC 9276 section 3.2',
    target: 'n3i150.test',
    ...passes('secure'),
  },
];

const WILDCARDS: readonly TreeCase[] = [
  {
    name: 'a wildcard with its proof by NSEC is secure',
    rule: 'RFC 4035 section 5.3.4, K-06',
    target: 'x.wild.p256.test',
    ...passes('secure'),
  },
  {
    name: 'a wildcard with its proof by NSEC3 is secure',
    rule: 'RFC 5155 section 8.8, N3-07',
    target: 'x.wild.nsec3.test',
    ...passes('secure'),
  },
  {
    name: 'a wildcard without the proof that nothing is closer is bogus',
    rule: 'RFC 4035 section 5.3.4, K-06',
    target: 'x.wild.nowildproof.test',
    ...fails('bogus'),
  },
  {
    name: 'a wildcard without its proof by NSEC3 is bogus',
    rule: 'RFC 5155 section 8.8, N3-07',
    target: 'x.wild.nonsec3.test',
    ...fails('bogus'),
  },
  {
    name: 'a wildcard without the type is denied by NSEC',
    rule: 'RFC 4035 section 5.4, E-03',
    target: 'x.plainwild.p256.test',
    ...passes('secure'),
  },
  {
    name: 'a wildcard without the type is denied by NSEC3',
    rule: 'RFC 5155 section 8.7, N3-06',
    target: 'x.plainwild.nsec3.test',
    ...passes('secure'),
  },
  {
    name: 'a wildcard without the type and without its denial is bogus, with NSEC',
    rule: 'RFC 4035 section 5.4, E-03',
    target: 'x.plainwild.nowildproof.test',
    ...fails('bogus'),
  },
  {
    name: 'a wildcard without the type and without its denial is bogus, with NSEC3',
    rule: 'RFC 5155 section 8.7, N3-06',
    target: 'x.plainwild.nonsec3.test',
    ...fails('bogus'),
  },
];

const INSECURE: readonly TreeCase[] = [
  {
    name: 'a zone without signatures and without DS is insecure',
    rule: 'RFC 4035 section 5.2, E-04',
    target: 'www.unsigned.test',
    ...passes('insecure'),
    ...ends('unsigned.test.', 'no-ds'),
  },
  {
    name: 'a signed zone without DS is insecure',
    rule: 'RFC 4035 section 5.2, N3-05',
    target: 'www.nods.test',
    ...passes('insecure'),
    ...ends('nods.test.', 'no-ds'),
  },
  {
    name: 'a DS of an unknown algorithm makes the zone insecure',
    rule: 'RFC 6840 section 5.2',
    target: 'www.unkalg.test',
    ...passes('insecure'),
    ...ends('unkalg.test.', 'unusable-ds'),
  },
  {
    name: 'a DS with an unknown digest makes the zone insecure',
    rule: 'RFC 6840 section 5.2',
    target: 'www.unkdig.test',
    ...passes('insecure'),
    ...ends('unkdig.test.', 'unusable-ds'),
  },
  {
    name: 'an unsigned child of a signed zone on the same server is insecure',
    rule: 'RFC 4035 section 5.2, E-07',
    target: 'www.plain.parent.test',
    ...passes('insecure'),
    ...ends('plain.parent.test.', 'no-ds'),
  },
  {
    name: 'a signed child of a signed zone on the same server is secure',
    rule: 'RFC 4035 section 5.2, E-07',
    target: 'www.child.parent.test',
    ...passes('secure'),
  },
  {
    name: 'everything below an unsigned top-level domain is insecure',
    rule: 'RFC 4035 section 5.2',
    target: 'www.any.uns',
    ...passes('insecure'),
    ...ends('uns.', 'no-ds'),
  },
  {
    name: 'an insecure set that forbids issuance applies',
    rule: 'RFC 8659 section 4',
    target: 'forbidden.unsigned.test',
    ...caaOnly('insecure', false, 'issuer-not-authorised'),
    ...ends('unsigned.test.', 'no-ds'),
  },
];

const OPT_OUT: readonly TreeCase[] = [
  {
    name: 'a signed zone below an opt-out domain is secure',
    rule: 'RFC 5155 section 6',
    target: 'www.signed.opt',
    ...passes('secure'),
  },
  {
    name: 'an unsigned zone in the gap of an opt-out domain is insecure',
    rule: 'RFC 5155 section 8.6, N3-05',
    target: 'www.unsigned.opt',
    ...passes('insecure'),
    ...ends('unsigned.opt.', 'opt-out'),
  },
  {
    name: 'a name that does not exist in an opt-out gap is insecure, never secure',
    rule: 'RFC 5155 section 9.2, N3-03',
    target: 'gone.optout.test',
    ...caaOnly('insecure', true, 'authorised'),
    ...ends('gone.optout.test.', 'opt-out'),
  },
  {
    name: 'a domain that does not exist in an opt-out gap is insecure, and has no records',
    rule: 'RFC 5155 section 9.2, N3-03',
    target: 'www.gone.opt',
    ...caaOnly('insecure', true, 'no-records'),
    ...ends('gone.opt.', 'opt-out'),
  },
  {
    name: 'a name without the type in an opt-out zone is secure',
    rule: 'RFC 5155 section 8.5',
    target: 'www.optout.test',
    ...passes('secure'),
  },
];

const ALIASES: readonly TreeCase[] = [
  {
    name: 'an alias to a signed zone is secure, and the set at the target decides',
    rule: 'RFC 8659 section 3',
    target: 'tocaa.aliases.test',
    ...caaOnly('secure', true, 'authorised'),
  },
  {
    name: 'an alias to a name without the set is secure, and the climb continues',
    rule: 'RFC 8659 section 3',
    target: 'tosigned.aliases.test',
    ...passes('secure'),
  },
  {
    name: 'an alias to an unsigned zone is insecure',
    rule: 'RFC 4035 section 4.3',
    target: 'tounsigned.aliases.test',
    ...passes('insecure'),
    ...ends('unsigned.test.', 'no-ds'),
  },
  {
    name: 'an alias to bogus data is bogus',
    rule: 'RFC 4035 section 4.3',
    target: 'tobogus.aliases.test',
    ...fails('bogus'),
  },
  {
    name: 'an alias to a name that does not exist is secure and empty',
    rule: 'RFC 8659 section 3',
    target: 'togone.aliases.test',
    ...caaOnly('secure', true, 'authorised'),
  },
  {
    name: 'a DNAME to a signed zone is secure',
    rule: 'RFC 6672 section 5.3',
    target: 'www.dn.aliases.test',
    ...caaOnly('secure', true, 'authorised'),
  },
  {
    name: 'a DNAME to a bogus zone is bogus',
    rule: 'RFC 6672 section 5.3',
    target: 'www.dnbogus.aliases.test',
    ...caaOnly('bogus', false, 'lookup-failed'),
  },
  {
    name: 'an alias loop is a failed lookup',
    rule: 'RFC 8659 section 3',
    target: 'loop1.aliases.test',
    ...caaOnly('indeterminate', false, 'lookup-failed'),
  },
  {
    name: 'nine aliases in a row are followed to the set that decides',
    rule: 'RFC 8659 section 3',
    target: 'c0.aliases.test',
    ...caaOnly('secure', false, 'issuer-not-authorised'),
  },
];

const SERVERS: readonly TreeCase[] = [
  {
    name: 'one working server is enough',
    rule: 'RFC 1034 section 4.3',
    target: 'www.flaky.test',
    ...passes('secure'),
  },
  {
    name: 'name servers in another top-level domain are found',
    rule: 'RFC 1034 section 4.3',
    target: 'www.glueless.test',
    ...passes('secure'),
  },
  {
    name: 'a zone whose server refuses everything is a failed lookup',
    rule: 'RFC 4035 section 4.3, L-01',
    target: 'lame.test',
    ...fails('indeterminate'),
  },
  {
    name: 'a signed zone whose servers do not respond is a failed lookup',
    rule: 'RFC 4035 section 4.3, L-03',
    target: 'dead.test',
    ...fails('indeterminate'),
  },
  {
    name: 'an unsigned zone whose servers do not respond is a failed lookup',
    rule: 'RFC 4035 section 4.3, L-01',
    target: 'deadunsigned.test',
    ...fails('indeterminate'),
  },
];

/** Every zone of the tree with its expected status and outcomes. */
export const TREE_CASES: readonly TreeCase[] = [
  ...ALGORITHMS,
  ...SIGNATURES,
  ...DENIALS,
  ...ITERATIONS,
  ...WILDCARDS,
  ...INSECURE,
  ...OPT_OUT,
  ...ALIASES,
  ...SERVERS,
];
