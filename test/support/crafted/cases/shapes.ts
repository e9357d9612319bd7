import type { DelvDifference } from '../differences.ts';
import { a, caa, cname, type Rr, T } from '../records.ts';
import { HOST } from '../world.ts';
import {
  about,
  BOGUS,
  type CraftedCase,
  type Expected,
  INDETERMINATE,
  INSECURE_DENIED,
  INSECURE_EMPTY,
  INSECURE_PERMITTED,
  NO_SUCH_TLD,
  SECURE_DENIED,
  SECURE_EMPTY,
  SECURE_PERMITTED,
  zone,
} from './case.ts';

const NAMES = [
  '',
  'deny',
  'www',
  'gone',
  'a.b.gone',
  'ent',
  'x.wild',
  'x.y.wild',
  'wild',
  'deep.ent',
] as const;
const FORBIDDEN = new Set(['deny', 'x.wild', 'x.y.wild']);

/** Names of every shape in a zone of one kind. */
function shapes(
  what: string,
  zoneName: string,
  status: 'secure' | 'insecure',
  gaps: readonly string[] = [],
): readonly CraftedCase[] {
  return NAMES.map((label) => ({
    name: `${label === '' ? 'the apex' : label} of ${what} is ${gaps.includes(label) ? 'insecure' : status}`,
    rule: 'RFC 4035 section 5.4, RFC 5155 section 8',
    asks: [...(label === '' ? [] : [label]), zoneName.slice(0, -1)].join('.'),
    zones: [],
    expected: pick(label, gaps.includes(label) ? 'insecure' : status),
    // For a wildcard in a gap delv reports the same status.
    ...(gaps.includes(label) && !FORBIDDEN.has(label) ? { delv: 'opt-out' as const } : {}),
  }));
}

function pick(label: string, status: 'secure' | 'insecure'): Expected {
  if (FORBIDDEN.has(label)) return status === 'secure' ? SECURE_DENIED : INSECURE_DENIED;
  return status === 'secure' ? SECURE_PERMITTED : INSECURE_PERMITTED;
}

export const SHAPE_ZONES = [
  zone('nsec.test.'),
  zone('nsec3.test.', { nsec3: {} }),
  zone('salted.test.', { nsec3: { iterations: 50, salt: 'pepper' } }),
  zone('optout.test.', { nsec3: { optOut: true } }),
  zone('none.test.', { keys: null }),
  zone('below.nsec.test.'),
  zone('below.none.test.'),
  zone('signed.uns.'),
];

const big = Array.from({ length: 400 }, (_, index): Rr => caa('big.test.', `ca${index}.example`));

function single(
  name: string,
  rule: string,
  asks: string,
  expected: Expected,
  delv?: DelvDifference,
): CraftedCase {
  return { name, rule, asks, zones: [], expected, ...(delv === undefined ? {} : { delv }) };
}

export const SHAPES: readonly CraftedCase[] = [
  ...shapes('a zone with NSEC', 'nsec.test.', 'secure'),
  ...shapes('a zone with NSEC3', 'nsec3.test.', 'secure'),
  ...shapes('a zone with salted NSEC3 of 50 iterations', 'salted.test.', 'secure'),
  ...shapes('a zone with opt-out', 'optout.test.', 'secure', ['gone', 'a.b.gone', 'x.wild', 'x.y.wild']),
  ...shapes('an unsigned zone', 'none.test.', 'insecure'),
  single(
    'a signed zone below a signed one on the same servers is secure',
    'RFC 4035 section 5.2',
    'deny.below.nsec.test',
    SECURE_DENIED,
  ),
  single(
    'a signed zone below an unsigned one is insecure',
    'RFC 4035 section 5.2',
    'deny.below.none.test',
    INSECURE_DENIED,
  ),
  single(
    'a signed zone below an unsigned top-level domain is insecure',
    'RFC 4035 section 5.2',
    'deny.signed.uns',
    INSECURE_DENIED,
  ),
  single(
    'a signed top-level domain without the set is secure and empty',
    'RFC 8659 section 3',
    'test',
    SECURE_EMPTY,
  ),
  single(
    'an unsigned top-level domain without the set is insecure and empty',
    'RFC 8659 section 3',
    'uns',
    INSECURE_EMPTY,
  ),
  single(
    'a top-level domain that provably does not exist permits nothing',
    'TLS BR 1.6.1 [definitions] (TU-01)',
    'nowhere',
    NO_SUCH_TLD,
  ),
  single(
    'a name below a top-level domain that provably does not exist is never permitted',
    'TLS BR 1.6.1 [definitions] (TU-01)',
    'www.nowhere',
    NO_SUCH_TLD,
  ),
  single(
    'a domain that does not exist in a signed domain is secure and empty',
    'RFC 5155 section 8.4',
    'www.missing.test',
    SECURE_EMPTY,
  ),
  single(
    'a domain that does not exist in a domain with NSEC is secure and empty',
    'RFC 4035 section 5.4',
    'www.missing.plain',
    SECURE_EMPTY,
  ),
  single(
    'a domain that does not exist in an opt-out gap is insecure and empty',
    'RFC 5155 section 9.2',
    'www.missing.opt',
    INSECURE_EMPTY,
    'opt-out',
  ),
  about(
    'a set too large for UDP is secure over TCP',
    'RFC 7766 section 5',
    zone('big.test.', { records: big }),
    SECURE_DENIED,
    { label: '' },
  ),
  about(
    'an answer that is truncated over UDP is fetched over TCP',
    'RFC 7766 section 5',
    zone('cut.test.', { tamper: (reply) => ({ ...reply, truncated: true }) }),
    SECURE_DENIED,
  ),
  about(
    'one working server of two is enough',
    'RFC 1034 section 4.3',
    zone('half.test.', { servers: [HOST.NOBODY, HOST.LEAF] }),
    SECURE_DENIED,
  ),
  about(
    'one of two servers that does not refuse is enough',
    'RFC 1034 section 4.3',
    zone('halflame.test.', { servers: [HOST.LAME, HOST.LEAF] }),
    SECURE_DENIED,
  ),
  about(
    'a signed zone whose servers do not respond is a failed lookup',
    'RFC 4035 section 4.3',
    zone('deads.test.', { servers: [HOST.NOBODY] }),
    INDETERMINATE,
  ),
  about(
    'an unsigned zone whose servers do not respond is a failed lookup',
    'RFC 4035 section 4.3',
    zone('deadu.test.', { keys: null, servers: [HOST.NOBODY] }),
    INDETERMINATE,
  ),
  about(
    'a signed zone whose servers refuse is a failed lookup',
    'RFC 4035 section 4.3',
    zone('lames.test.', { servers: [HOST.LAME] }),
    INDETERMINATE,
  ),
  about(
    'an unsigned zone whose servers refuse is a failed lookup',
    'RFC 4035 section 4.3',
    zone('lameu.test.', { keys: null, servers: [HOST.LAME] }),
    INDETERMINATE,
  ),
  about(
    'a zone whose servers answer SERVFAIL is a failed lookup',
    'RFC 4035 section 4.3',
    zone('servfail.test.', { keys: null, tamper: () => ({ rcode: 2, answer: [], authority: [] }) }),
    INDETERMINATE,
  ),
  about(
    'an alias beside other records of its name is followed, as unbound does',
    'RFC 2181 section 10.1',
    zone('beside.test.', {
      records: [
        caa('beside.test.', 'ca.example'),
        a('both.beside.test.', '192.0.2.7'),
        cname('both.beside.test.', 'deny.nsec.test.'),
      ],
    }),
    SECURE_DENIED,
    { label: 'both' },
  ),
  about(
    'a missing DNSKEY answer makes a signed zone a failed lookup',
    'RFC 4035 section 5.2',
    zone('nokeys.test.', { tamper: (reply, { type }) => (type === T.DNSKEY ? null : reply) }),
    INDETERMINATE,
  ),
  about(
    'a refused DNSKEY query makes a signed zone a failed lookup',
    'RFC 4035 section 5.2',
    zone('refusedkeys.test.', {
      tamper: (reply, { type }) => (type === T.DNSKEY ? { rcode: 5, answer: [], authority: [] } : reply),
    }),
    BOGUS,
  ),
];
