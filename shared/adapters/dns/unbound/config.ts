import { formatIpNetwork, type IpNetwork, parseIpNetwork } from '../../../domain/net/ip-network.ts';
import { SPECIAL_PURPOSE_BLOCKS } from '../../../domain/net/special-purpose.ts';
import { subtractNetworks } from '../../../domain/net/subtract-networks.ts';
import { PROBE_ZONES, probeName, renderProbeAnchor } from './probe-zones.ts';

export interface ConfigFacts {
  /** Absolute path of the daemon's private folder. */
  readonly folder: string;
  /** Port on 127.0.0.1, UDP and TCP. */
  readonly port: number;
  /** Special-purpose networks in which name servers are permitted, for labs. */
  readonly allowedNetworks: readonly IpNetwork[];
  /** Further networks in which no name server is queried; these override `allowedNetworks`. */
  readonly deniedNetworks: readonly IpNetwork[];
  /** Whether this machine can connect to the Internet by IPv6. */
  readonly ipv6: boolean;
  /** Time-out of a lookup, milliseconds. */
  readonly lookupTimeoutMs: number;
  /** Those of {@link OPTIONAL_KEYWORDS} that this version of unbound does not know. */
  readonly unknownKeywords: ReadonlySet<string>;
}

/** Files in the folder of the daemon. */
export const FILES = {
  config: 'unbound.conf',
  hints: 'root.hints',
  anchor: 'root-anchor',
  control: 'control',
  owner: 'owner',
} as const;

/** Settings introduced in 1.20.0 and in patches to older versions. A version without them does not need them. */
export const OPTIONAL_KEYWORDS: ReadonlySet<string> = new Set(['discard-timeout', 'wait-limit']);

/** Fixed settings with the reason for each; not configurable. */
const SETTINGS: readonly (readonly [keyword: string, value: string, reason: string])[] = [
  ['do-daemonize', 'no', 'it runs as a child process of the perspective'],
  ['username', '""', 'it runs without privileges'],
  ['chroot', '""', 'its folder is private already'],
  ['pidfile', '""', 'its parent knows the process id'],
  ['use-syslog', 'no', ''],
  ['logfile', '""', 'the parent reads standard error'],
  ['verbosity', '0', 'hostile zones must not fill the log'],
  ['num-threads', '1', ''],
  ['module-config', '"validator iterator"', 'validate what the iterator fetches (RFC 4035 section 5)'],
  ['val-permissive-mode', 'no', 'bogus data is never returned'],
  ['val-sig-skew-min', '0', 'an expired signature is bogus (RFC 4035 section 5.3.1)'],
  ['val-sig-skew-max', '0', 'so is one that is not yet valid'],
  ['val-log-level', '2', 'the extended error contains the reason'],
  ['ede', 'yes', 'RFC 8914'],
  ['serve-expired', 'no', ''],
  ['prefetch', 'no', 'nothing is queried before a check needs it'],
  ['prefetch-key', 'no', ''],
  ['cache-min-ttl', '0', ''],
  ['cache-max-ttl', '60', 'name server addresses and zone keys are cached for a minute'],
  ['cache-max-negative-ttl', '5', ''],
  ['harden-below-nxdomain', 'yes', 'RFC 8020; signed denials only'],
  ['harden-glue', 'yes', 'out-of-zone glue is ignored'],
  ['harden-dnssec-stripped', 'yes', 'missing signatures below a DS are bogus'],
  ['harden-algo-downgrade', 'no', 'one good signature is enough (RFC 6840 section 5.11)'],
  ['aggressive-nsec', 'no', 'a denial for one name is not used for another'],
  [
    'val-nsec3-keysize-iterations',
    '"1024 50 2048 50 4096 50"',
    'RFC 9276 section 3.2: with more iterations no denial is authenticated',
  ],
  ['qname-minimisation', 'yes', 'RFC 9156'],
  ['use-caps-for-id', 'yes', 'adds entropy against forged responses'],
  ['trust-anchor-signaling', 'no', 'RFC 8145 would report our trust anchors to the root'],
  ['root-key-sentinel', 'no', ''],
  ['infra-host-ttl', '60', 'a server that was down is queried again soon'],
  ['infra-keep-probing', 'yes', 'a suspended process must not mark servers as dead'],
  ['edns-buffer-size', '1232', 'no fragments'],
  ['minimal-responses', 'yes', 'denials keep their proofs'],
  ['hide-identity', 'yes', ''],
  ['hide-version', 'yes', ''],
  ['local-zone', '"test." nodefault', 'labs use it; otherwise the root denies it'],
  [
    'unwanted-reply-threshold',
    '10000000',
    'so many unsolicited responses are an attack: the cache is cleared',
  ],
  ['so-rcvbuf', '4m', 'room for a burst of queries; it starts even if the system grants less'],
  ['outgoing-range', '2048', 'the daemon lowers it to the limit of open files'],
  ['num-queries-per-thread', '1024', ''],
  ['jostle-timeout', '10000', 'no query is dropped for a newer one'],
  ['incoming-num-tcp', '64', ''],
  ['outgoing-num-tcp', '64', ''],
  ['msg-cache-size', '2m', 'small, because flushing a zone scans it'],
  ['rrset-cache-size', '4m', ''],
  ['key-cache-size', '1m', ''],
  ['neg-cache-size', '256k', ''],
  ['infra-cache-numhosts', '2000', ''],
  ['access-control', '127.0.0.0/8 allow', ''],
  ['do-not-query-localhost', 'no', 'do-not-query-address below covers it, minus the networks of a lab'],
  ['wait-limit', '0', 'the only client has many open queries'],
];

/** Added to the lookup time-out; after that, no lookup waits for a late answer, so it may be dropped. */
const DISCARD_MARGIN_MS = 5000;

/**
 * Render the configuration of the daemon. It is the same for every perspective except folder, port, networks and IPv6.
 *
 * The daemon never queries name servers at special-purpose addresses, because the applicant chooses them, as for web
 * servers. It does not filter addresses in answers: the network guard vets them, and the evidence contains them.
 */
export function renderConfig(facts: ConfigFacts): string {
  const { folder } = facts;
  return render(facts, [
    ...SETTINGS,
    ['root-hints', quote(`${folder}/${FILES.hints}`)],
    ['trust-anchor-file', quote(`${folder}/${FILES.anchor}`)],
  ]);
}

/** Smaller values of settings that slow down a start: tables for many queries, and shuffling of the source ports. */
const SMALL: ReadonlyMap<string, string> = new Map([
  ['outgoing-range', '16'],
  ['num-queries-per-thread', '64'],
  ['incoming-num-tcp', '1'],
  ['outgoing-num-tcp', '1'],
  ['msg-cache-size', '256k'],
  ['rrset-cache-size', '256k'],
  ['key-cache-size', '256k'],
  ['neg-cache-size', '64k'],
  ['infra-cache-numhosts', '16'],
]);

/**
 * Render the configuration for measuring what a daemon verifies, used before {@link renderConfig}: the same settings
 * with smaller tables, and the zones of {@link PROBE_ZONES} instead of the root.
 */
export function renderProbeConfig(facts: ConfigFacts): string {
  const settings = SETTINGS.map(([keyword, value]) => [keyword, SMALL.get(keyword) ?? value] as const);
  const zones = PROBE_ZONES.map((zone) =>
    [
      'auth-zone:',
      `  name: ${quote(`${probeName(zone)}.`)}`,
      `  zonefile: ${quote(`${facts.folder}/${probeName(zone)}`)}`,
      '  for-downstream: no',
      '  for-upstream: yes',
      '  fallback-enabled: no',
      '',
    ].join('\n'),
  );
  const more: Setting[] = [
    ['outgoing-port-avoid', '"0-65535"'],
    ['outgoing-port-permit', '"49152-49167"'],
    ['local-zone', '"invalid." nodefault'],
    ...PROBE_ZONES.map((zone): Setting => ['trust-anchor', quote(renderProbeAnchor(zone))]),
  ];
  return render(facts, [...settings, ...more]) + zones.join('');
}

type Setting = readonly [keyword: string, value: string];

function render(facts: ConfigFacts, own: readonly (readonly [string, string, ...string[]])[]): string {
  const { folder, port, unknownKeywords } = facts;
  const settings: Setting[] = [
    ['interface', `127.0.0.1@${port}`],
    ['directory', quote(folder)],
    ['do-ip6', facts.ipv6 ? 'yes' : 'no'],
    ['discard-timeout', String(facts.lookupTimeoutMs + DISCARD_MARGIN_MS)],
    ...own.map(([keyword, value]): Setting => [keyword, value]),
    ...forbiddenServers(facts).map((network): Setting => ['do-not-query-address', network]),
  ];
  const lines = settings
    .filter(([keyword]) => !unknownKeywords.has(keyword))
    .map(([keyword, value]) => `  ${keyword}: ${value}`);
  return [
    'server:',
    ...lines,
    'remote-control:',
    '  control-enable: yes',
    `  control-interface: ${quote(`${folder}/${FILES.control}`)}`,
    '  control-use-cert: no',
    '',
  ].join('\n');
}

function forbiddenServers({ allowedNetworks, deniedNetworks }: ConfigFacts): readonly string[] {
  const blocks = SPECIAL_PURPOSE_BLOCKS.map(({ block }) => parseIpNetwork(block)).filter(
    (one) => one !== null,
  );
  return [...subtractNetworks(blocks, allowedNetworks), ...deniedNetworks].map(formatIpNetwork);
}

/** @throws Error for a path with quotes, backslashes or control characters. */
function quote(path: string): string {
  if (!/^[^"\\\p{Cc}]+$/u.test(path)) {
    throw new Error(
      `the folder ${JSON.stringify(path)} has characters that cannot stand in a configuration file`,
    );
  }
  return `"${path}"`;
}
