import { formatIpNetwork, type IpNetwork, parseIpNetwork } from '../../../domain/net/ip-network.ts';
import { SPECIAL_PURPOSE_BLOCKS } from '../../../domain/net/special-purpose.ts';
import { subtractNetworks } from '../../../domain/net/subtract-networks.ts';
import { PROBE_ZONES, probeName, renderProbeAnchor } from './probe-zones.ts';

export interface ConfigFacts {
  /** The daemon's private folder, an absolute path. */
  readonly folder: string;
  /** On 127.0.0.1, UDP and TCP. */
  readonly port: number;
  /** Networks that name servers may be in although they are special-purpose, for labs. */
  readonly allowedNetworks: readonly IpNetwork[];
  /** More networks where no name server is asked, whatever else is allowed. */
  readonly deniedNetworks: readonly IpNetwork[];
  /** Whether this machine has IPv6 to the Internet. */
  readonly ipv6: boolean;
  /** Longest time anybody waits for a lookup, milliseconds. */
  readonly lookupTimeoutMs: number;
  /** Of {@link OPTIONAL_KEYWORDS}, those that this version does not know. */
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

/** Settings that came with 1.20.0 and with patches to older versions. What they limit does not exist without them. */
export const OPTIONAL_KEYWORDS: ReadonlySet<string> = new Set(['discard-timeout', 'wait-limit']);

/** Settings with the reason for each. Nothing that anybody can configure reaches them. */
const SETTINGS: readonly (readonly [keyword: string, value: string, reason: string])[] = [
  ['do-daemonize', 'no', 'it stays the child of the perspective'],
  ['username', '""', 'it has no privileges to give up'],
  ['chroot', '""', 'its folder is private already'],
  ['pidfile', '""', 'its parent knows it'],
  ['use-syslog', 'no', ''],
  ['logfile', '""', 'complaints go to the parent'],
  ['verbosity', '0', 'what hostile zones do is not logged'],
  ['num-threads', '1', ''],
  ['module-config', '"validator iterator"', 'validate what the iterator fetches (RFC 4035 section 5)'],
  ['val-permissive-mode', 'no', 'bogus data is never handed out'],
  ['val-sig-skew-min', '0', 'a signature that has ended is bogus (RFC 4035 section 5.3.1)'],
  ['val-sig-skew-max', '0', 'so is one that has not begun'],
  ['val-log-level', '2', 'the reason goes into the extended error'],
  ['ede', 'yes', 'RFC 8914'],
  ['serve-expired', 'no', ''],
  ['prefetch', 'no', 'nothing is asked for before a check asks'],
  ['prefetch-key', 'no', ''],
  ['cache-min-ttl', '0', ''],
  ['cache-max-ttl', '60', 'where name servers are, and keys of zones, for a minute'],
  ['cache-max-negative-ttl', '5', ''],
  ['harden-below-nxdomain', 'yes', 'RFC 8020; only denials that are signed'],
  ['harden-glue', 'yes', 'out-of-zone glue is not believed'],
  ['harden-dnssec-stripped', 'yes', 'missing signatures below a DS are bogus'],
  ['harden-algo-downgrade', 'no', 'one good signature is enough (RFC 6840 section 5.11)'],
  ['aggressive-nsec', 'no', 'a denial for one name is not used for another'],
  [
    'val-nsec3-keysize-iterations',
    '"1024 50 2048 50 4096 50"',
    'RFC 9276 section 3.2: above, no denial is authenticated',
  ],
  ['qname-minimisation', 'yes', 'RFC 9156'],
  ['use-caps-for-id', 'yes', 'more to guess for a forger'],
  ['trust-anchor-signaling', 'no', 'RFC 8145 would tell the root about us'],
  ['root-key-sentinel', 'no', ''],
  ['infra-host-ttl', '60', 'a server that was down is soon asked again'],
  ['infra-keep-probing', 'yes', 'time in which the process is frozen must not mark servers dead'],
  ['edns-buffer-size', '1232', 'no fragments'],
  ['minimal-responses', 'yes', 'denials keep their proofs'],
  ['hide-identity', 'yes', ''],
  ['hide-version', 'yes', ''],
  ['local-zone', '"test." nodefault', 'labs live there; elsewhere the root denies it'],
  [
    'unwanted-reply-threshold',
    '10000000',
    'so many answers that nobody asked for are an attack: everything cached is forgotten',
  ],
  [
    'so-rcvbuf',
    '4m',
    'room for a burst of queries; it takes what the system grants, and starts whatever that is',
  ],
  ['outgoing-range', '2048', 'lowered by the daemon where fewer files may be open'],
  ['num-queries-per-thread', '1024', ''],
  ['jostle-timeout', '10000', 'no query is dropped for a newer one'],
  ['incoming-num-tcp', '64', ''],
  ['outgoing-num-tcp', '64', ''],
  ['msg-cache-size', '2m', 'small: forgetting a zone walks through it'],
  ['rrset-cache-size', '4m', ''],
  ['key-cache-size', '1m', ''],
  ['neg-cache-size', '256k', ''],
  ['infra-cache-numhosts', '2000', ''],
  ['access-control', '127.0.0.0/8 allow', ''],
  ['do-not-query-localhost', 'no', 'the list of addresses below says it, with the exemptions of a lab'],
  ['wait-limit', '0', 'the one client has many questions open'],
];

/** Time above the longest wait after which a late answer may be dropped: then nobody is there to miss it. */
const DISCARD_MARGIN_MS = 5000;

/**
 * The configuration of the daemon, the same for every perspective but for folder, port and the exemptions of a lab.
 *
 * Name servers are never asked at special-purpose addresses: the applicant chooses them as freely as a web server.
 * Addresses in answers are left as they are; the network guard judges them, and the evidence shows them.
 */
export function renderConfig(facts: ConfigFacts): string {
  const { folder } = facts;
  return render(facts, [
    ...SETTINGS,
    ['root-hints', quote(`${folder}/${FILES.hints}`)],
    ['trust-anchor-file', quote(`${folder}/${FILES.anchor}`)],
  ]);
}

/** What makes a start last: tables for many queries, and the shuffling of every port that they may leave from. */
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
 * The configuration in which a daemon is asked what it verifies, before it gets {@link renderConfig} for good: the same
 * settings in small, and the zones of {@link PROBE_ZONES} in place of the root.
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

/** @throws Error for a path that could end its quotes or its line. */
function quote(path: string): string {
  if (!/^[^"\\\p{Cc}]+$/u.test(path)) {
    throw new Error(
      `the folder ${JSON.stringify(path)} has characters that cannot stand in a configuration file`,
    );
  }
  return `"${path}"`;
}
