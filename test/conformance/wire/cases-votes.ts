import { caaRequest } from '../../support/harness.ts';
import { SIX, TWELVE, views } from '../../support/perspectives.ts';
import {
  CA,
  changing,
  crashing,
  failing,
  forbids,
  hanging,
  hijacked,
  late,
  NAME,
  permits,
  type View,
  zone,
} from '../../support/views.ts';
import { issue } from '../../support/zone-resolver.ts';
import { dcvRequest, HASH } from './dcv-row.ts';
import type { Sight } from './sight.ts';
import { each, post, type ServiceOptions, type WireCase } from './wire-case.ts';

const seen =
  (...parts: readonly (readonly [number, View])[]): (() => ServiceOptions) =>
  () => {
    const order = parts.flatMap(([count, view]) => Array.from({ length: count }, () => view));
    return { views: Object.fromEntries(SIX.map((code, index) => [code, order[index] ?? permits])) };
  };
const openMpic =
  (more: ServiceOptions = {}) =>
  (): ServiceOptions => ({ ...more, config: { policy: 'open-mpic', ...more.config } });
const orchestration = (parameters: Record<string, unknown>) =>
  caaRequest({ orchestration_parameters: parameters });
const one = (name: string, service: WireCase['service'], body: unknown = caaRequest()): WireCase => ({
  name,
  ...(service === undefined ? {} : { service }),
  steps: [post(body)],
});

const DISSENT: readonly WireCase[] = [
  one('one of six dissents: it passes', seen([1, forbids])),
  one('two of six dissent: it passes', seen([2, hijacked])),
  one('three of six dissent: it fails', seen([3, forbids])),
  one('all six dissent: it fails', seen([6, hijacked])),
  one('one of six cannot look: it passes', seen([1, failing])),
  one('three of six cannot look: it is not completed', seen([3, failing])),
  one(
    'one dissents, one cannot look and one is late, which is waited for: it passes',
    seen([1, forbids], [1, failing], [1, late(1200, permits)]),
  ),
  one(
    'one of six is silent: it passes',
    () => ({ silent: SIX.slice(0, 1) }),
    caaRequest({ trace_identifier: 't-1' }),
  ),
  one('two of six are silent: it passes', () => ({ silent: SIX.slice(4) })),
  one('three of six are silent: it fails', () => ({ silent: SIX.slice(0, 3) })),
  one('all six are silent: it fails', () => ({ silent: SIX })),
  one('a perspective that breaks tells nothing of its secrets', seen([1, crashing])),
  one('three perspectives that hang are given up', seen([3, hanging])),
  one('a perspective that is a little late is waited for', seen([1, late(150, permits)])),
];

const dnsProof: Sight = { zone: { [`_acme-challenge.${NAME}`]: [{ type: 'TXT', value: HASH }] } };
const DNS_01 = dcvRequest({ validation_method: 'acme-dns-01', key_authorization_hash: HASH });
const proofDissent = (count: number, name: string): WireCase => ({
  name,
  sees: dnsProof,
  butSees: each(SIX.slice(0, count), { zone: {} }),
  steps: [post(DNS_01)],
});
const VALIDATIONS: readonly WireCase[] = [
  proofDissent(1, 'a validation that one of six does not see passes'),
  proofDissent(3, 'a validation that three of six do not see fails'),
  {
    name: 'a result that is out of bounds counts as a failed check',
    sees: {
      script: { [`A ${NAME}`]: [{ type: 'A', value: '11.0.0.1' }] },
      pages: {
        [`https://${NAME}/.well-known/pki-validation/v.txt`]: { tls: { protocol: 'TLSv1.3' } as never },
      },
    },
    steps: [
      post(
        dcvRequest({
          validation_method: 'website-change',
          http_token_path: 'v.txt',
          url_scheme: 'https',
          challenge_value: 'rv-7f3c90e1b2d4a6f8091b',
        }),
      ),
    ],
  },
];

const ATTEMPTS: readonly WireCase[] = [
  one(
    'a second attempt passes after a first that failed',
    seen([6, changing(1, failing, permits)]),
    orchestration({ max_attempts: 3 }),
  ),
  one(
    'passes of two attempts do not add up',
    seen([3, changing(1, permits, forbids)], [3, changing(1, forbids, permits)]),
    orchestration({ max_attempts: 2 }),
  ),
  one('three attempts that fail', seen([6, forbids]), orchestration({ max_attempts: 3 })),
  one('more attempts than the operator lets', seen([6, forbids]), orchestration({ max_attempts: 99 })),
  one('zero attempts are one', seen([6, forbids]), orchestration({ max_attempts: 0 })),
  one(
    'a second attempt of twelve perspectives asks the other six',
    () => ({
      config: { perspectives: TWELVE },
      views: views(
        TWELVE.map(({ code }) => code),
        forbids,
      ),
    }),
    orchestration({ max_attempts: 2 }),
  ),
  one(
    'a cohort by its number is asked once',
    () => ({ config: { perspectives: TWELVE } }),
    orchestration({ cohort_for_single_attempt: 2, max_attempts: 3 }),
  ),
  one(
    'a request without an attempt to spare that ends late',
    () => ({ silent: SIX.slice(0, 3) }),
    orchestration({ max_attempts: 2 }),
  ),
];

const ORCHESTRATION: readonly WireCase[] = [
  one('four perspectives of six are enough on that day', undefined, orchestration({ perspective_count: 4 })),
  one(
    'five perspectives of twelve',
    () => ({ config: { perspectives: TWELVE } }),
    orchestration({ perspective_count: 5 }),
  ),
  one(
    'twelve perspectives of twelve',
    () => ({ config: { perspectives: TWELVE } }),
    orchestration({ perspective_count: 12 }),
  ),
  one('a quorum stricter than the table is kept', seen([1, forbids]), orchestration({ quorum_count: 6 })),
  one(
    'explicit nulls are echoed',
    undefined,
    orchestration({
      perspective_count: null,
      quorum_count: null,
      max_attempts: null,
      cohort_for_single_attempt: null,
    }),
  ),
  one('orchestration parameters without members are echoed with nulls', undefined, orchestration({})),
  one(
    'two perspectives under open-mpic are too few to satisfy',
    openMpic(),
    orchestration({ perspective_count: 2 }),
  ),
  one(
    'monitoring under open-mpic is valid and never satisfied',
    openMpic({ views: views(SIX, forbids) }),
    orchestration({ quorum_count: 0 }),
  ),
  one(
    'monitoring under open-mpic waits for everybody',
    openMpic({ silent: SIX.slice(0, 2) }),
    orchestration({ quorum_count: 0 }),
  ),
  one(
    'three of six failures are forgiven under open-mpic',
    openMpic({ views: views(SIX.slice(0, 3), failing) }),
    caaRequest({ caa_check_parameters: { caa_domains: [CA], allow_lookup_failure: true } }),
  ),
  one(
    'a CAA check for S/MIME cites the rules of S/MIME',
    undefined,
    caaRequest({ caa_check_parameters: { caa_domains: [CA], certificate_type: 's-mime' } }),
  ),
];

const IP_ADDRESS = dcvRequest({
  validation_method: 'ip-address',
  dns_record_type: 'A',
  challenge_value: '11.0.0.1',
});
/** A service two hours before the method ends, and perspectives whose clocks are three hours ahead. */
const ON_THE_EVE: WireCase = {
  name: 'a method that has ended by the clocks of the perspectives is not tried',
  startsAt: Date.UTC(2026, 2, 14, 22),
  service: () => ({ elsewhere: { perspectives: SIX, wallOffsetMs: 3 * 3_600_000 } }),
  sees: {},
  steps: [post(IP_ADDRESS)],
};

const PRIMARY = 'eu-north-1';
const withPrimary =
  (view: View, more: ServiceOptions = {}) =>
  (): ServiceOptions => ({
    ...more,
    config: {
      perspectives: TWELVE.filter(({ code }) => SIX.includes(code) || code === PRIMARY),
      primary: { kind: 'perspective', code: PRIMARY },
    },
    views: { [PRIMARY]: view },
  });
const at = (dnssec: 'secure' | 'insecure' | 'not validated') =>
  zone({ [NAME]: [issue(CA)] }, { [NAME]: { dnssec } });
const PRIMARIES: readonly WireCase[] = [
  one('a primary perspective with validated data passes', withPrimary(at('secure'))),
  one('a primary perspective with data proven insecure passes', withPrimary(at('insecure'))),
  one('a primary perspective with data that nobody validated fails', withPrimary(at('not validated'))),
  one('a primary perspective that dissents fails', withPrimary(forbids)),
  one('a primary perspective that is silent fails', withPrimary(permits, { silent: [PRIMARY] })),
  one('a primary perspective at a site is named', () => ({
    config: {
      primary: { kind: 'site', name: 'Data centre', rir: 'RIPE NCC', latitude: 52.5, longitude: 13.4 },
    },
  })),
];

export const VOTE_CASES: readonly WireCase[] = [
  ...DISSENT,
  ...VALIDATIONS,
  ...ATTEMPTS,
  ON_THE_EVE,
  ...ORCHESTRATION,
  ...PRIMARIES,
];
