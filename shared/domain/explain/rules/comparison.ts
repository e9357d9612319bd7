import { formatUtc } from '../../check/time.ts';
import { quoteInput } from '../../net/quote.ts';
import { findExtendedError } from '../evidence/extended-errors.ts';
import type { Facts, Seen } from '../evidence/facts.ts';
import { quoteList } from '../evidence/quoted.ts';
import { addressesOf, familyOf, followsRegions, reachOthers, type Scene } from '../evidence/scene.ts';
import { codesOf, type Found, inEach, type Rule, type Sighting } from './rule.ts';
import { type ConnectionFault, connectionFault, isTurnedAway, lookAtIpv6 } from './web.ts';

/** Unavailable by overload, or by a protection that answers so. */
const UNAVAILABLE = 503;
/** A server that is slow or does not speak HTTP is so for others too. */
const SHUT_OUT: ReadonlySet<ConnectionFault | null> = new Set<ConnectionFault>([
  'refused',
  'no-connection',
  'broken-off',
]);
/** Perspectives start together; only a later start than this after the last success says something, milliseconds. */
const REMOVAL_GAP_MS = 50;

type WithSeen = Facts & { readonly seen: Seen };

const withSeen = (some: readonly Facts[]) => some.filter((facts): facts is WithSeen => facts.seen !== null);
const withKind = (some: readonly Facts[], kind: Seen['kind']) =>
  withSeen(some).filter(({ seen }) => seen.kind === kind);

/** What each saw, for the evidence. */
function sightingsOf(some: readonly Facts[]): readonly Sighting[] {
  return some.map((facts) => ({ perspective: facts.perspective, line: describe(facts) }));
}

function describe(facts: Facts): string {
  const region = facts.rir === null ? '' : `, region ${facts.rir}`;
  const address = facts.address === null ? '' : ` at ${quoteInput(facts.address)}`;
  return `saw ${describeSeen(facts)}${address}${region}`;
}

function describeSeen({ seen, hop, details, errors }: Facts): string {
  if (seen === null) return errors[0] === undefined ? 'no answer' : 'a connection that failed';
  if (seen.records.length > 0) return quoteList(seen.records);
  if (details.kind === 'http' && hop !== null && hop.statusCode !== null)
    return `HTTP status ${hop.statusCode}${pageOf(details.page)}`;
  if (details.kind === 'tls' && seen.kind === 'value')
    return `a certificate with acmeIdentifier ${quoteList(details.acmeIdentifier === null ? [] : [details.acmeIdentifier])}`;
  return 'no such name or record';
}

function pageOf(base64: string | null): string {
  return base64 === null
    ? ''
    : ` with ${quoteList([Buffer.from(base64, 'base64').toString('utf8').slice(0, 60)])}`;
}

const findOverIpv4 = inEach(lookAtIpv6);

/** The same host gave the right answer over IPv4, or all that passed used IPv4 and all that failed IPv6. */
function findIpv6(scene: Scene): Found | null {
  const shown = findOverIpv4(scene);
  if (shown !== null) return shown;
  const failing = scene.failing.filter((facts) => familyOf(facts) === 6);
  const isSplit =
    failing.length > 0 && scene.passing.length > 0 && scene.passing.every((facts) => familyOf(facts) === 4);
  return isSplit ? { sightings: sightingsOf(failing), sure: 'likely' } : null;
}

/** What was there for the first perspectives, or in an earlier attempt, and is gone for the later ones. */
function findRemoval({ passing, failing, earlier }: Scene): Found | null {
  const gone = failing.filter(isGone);
  if (gone.length === 0) return null;
  const before = earlier.flat().filter(({ corroborates }) => corroborates);
  if (passing.length === 0) {
    const again = gone.filter(({ perspective }) => before.some((facts) => facts.perspective === perspective));
    return again.length === 0 ? null : { sightings: sightingsOf(gone), sure: 'likely' };
  }
  const lastSuccess = Math.max(...passing.map(({ result }) => result?.completedAt ?? 0));
  const firstLoss = Math.min(...gone.map(({ result }) => result?.startedAt ?? 0));
  if (firstLoss - lastSuccess < REMOVAL_GAP_MS) return null;
  const seenUntil = formatUtc(lastSuccess);
  return {
    sightings: gone.map((facts) => ({
      perspective: facts.perspective,
      line: `${describe(facts)}, at ${formatUtc(facts.result?.startedAt ?? 0)}; others saw it until ${seenUntil}`,
    })),
  };
}

/** Nothing is there; for TLS, an ordinary server answers where the ACME client was. */
function isGone({ seen, details, result }: Facts): boolean {
  if (details.kind === 'tls') return result?.completed === true && details.acmeIdentifier === null;
  return seen?.kind === 'nothing';
}

/** The same server serves some perspectives and turns others away. */
function findBlock(scene: Scene): Found | null {
  const { passing, failing } = scene;
  const turned = failing.filter(
    (facts) =>
      isTurnedAway(facts) || facts.hop?.statusCode === UNAVAILABLE || SHUT_OUT.has(connectionFault(facts)),
  );
  if (passing.length === 0 || turned.length === 0 || reachOthers(turned, passing)) return null;
  const isRegional = followsRegions(turned, scene.all);
  return { sightings: sightingsOf(turned), sure: isRegional ? 'likely' : 'possible' };
}

/** Perspectives reach other servers than those that passed. */
function findGeo(scene: Scene): Found | null {
  const { passing, failing, all } = scene;
  const elsewhere = failing.filter((facts) => facts.address !== null);
  if (passing.length > 0) {
    if (!reachOthers(elsewhere, passing)) return findGeoValues(scene);
    const values = withKind(elsewhere, 'value');
    const isMinority = passing.length * 2 <= passing.length + elsewhere.length;
    // Another content at another address in one place may as well be a hijacked name.
    if (!isMinority && values.length > 0 && !followsRegions(values, all)) return null;
    if (isMinority && addressesOf(elsewhere).length < 2 && !followsRegions(passing, all)) return null;
    return { sightings: sightingsOf(elsewhere) };
  }
  return findGeoValues(scene);
}

/** Two values or more, each in regions of its own. */
function findGeoValues({ failing, all }: Scene): Found | null {
  const values = withKind(failing, 'value');
  const groups = [...groupBySeen(values).values()];
  if (groups.length < 2 || !groups.every((group) => isRegional(group, all))) return null;
  const several = groups.filter(({ length }) => length > 1);
  return several.length === 0 ? null : { sightings: sightingsOf(values) };
}

/** As {@link followsRegions}, for one perspective alone in its region too. */
function isRegional(group: readonly Facts[], all: readonly Facts[]): boolean {
  const regions = new Set(group.map(({ rir }) => rir));
  return !regions.has(null) && all.every((facts) => group.includes(facts) || !regions.has(facts.rir));
}

/**
 * A minority sees other values than the rest. The minority that passes is the more dangerous one: then the request may
 * be the attacker's.
 */
function findHijack(scene: Scene): Found | null {
  const { passing, failing, check } = scene;
  const seeing = withSeen(scene.all);
  const values = withKind(failing, 'value').filter((facts) => !isOutOfDate(facts, passing));
  const isMinority = (some: readonly Facts[]) => some.length > 0 && some.length * 2 <= seeing.length;
  if (isMinority(passing)) {
    const isEvident = values.length * 2 >= seeing.length - passing.length && values.length > 0;
    const explains = isEvident && !isGeo(scene) ? codesOf(withSeen(failing)) : [];
    // CAA sets that some see and others do not are common while a change spreads; half of the perspectives are not a minority.
    const isCaaChange = check.checkType === 'caa' && passing.length * 2 === seeing.length;
    return {
      sightings: sightingsOf(passing),
      explains: isCaaChange ? [] : explains,
      sure: isEvident ? 'likely' : 'possible',
    };
  }
  if (!isMinority(values) || passing.length === 0) return null;
  const explains = check.checkType === 'caa' || isGeo(scene) ? [] : codesOf(values);
  return { sightings: sightingsOf(values), explains, sure: 'possible' };
}

function isGeo(scene: Scene): boolean {
  return findGeo(scene) !== null;
}

/** Whether a failing perspective shares data with those that pass, has a marked old answer, or a verified one. */
function isOutOfDate({ seen, dns }: Facts, passing: readonly Facts[]): boolean {
  if (findExtendedError(dns?.extendedErrors ?? [], 'stale') !== null) return true;
  if (dns?.dnssec === 'secure' && (seen?.records.length ?? 0) > 0) return true;
  return passing.some((other) => other.seen?.records.some((record) => seen?.records.includes(record)));
}

/** Some name servers have the record, and others do not have it yet, or any more. */
function findStale({ passing, failing, check, all }: Scene): Found | null {
  if (passing.length === 0) {
    const marked = failing.filter(
      ({ dns }) => findExtendedError(dns?.extendedErrors ?? [], 'stale') !== null,
    );
    return marked.length === 0 ? null : { sightings: sightingsOf(marked) };
  }
  const isHost = (facts: Facts) => facts.hop !== null || facts.details.kind === 'tls';
  const without = withKind(failing, 'nothing').filter(
    (facts) => !isHost(facts) || facts.seen?.key === 'no name',
  );
  const old = withKind(failing, 'value').filter((facts) => isOutOfDate(facts, passing));
  const changed = check.checkType === 'caa' ? withKind(failing, 'value') : [];
  const stale = all.filter((facts) =>
    [without, old, changed].some((some) => (some as readonly Facts[]).includes(facts)),
  );
  return stale.length === 0 ? null : { sightings: sightingsOf(stale) };
}

function groupBySeen(some: readonly WithSeen[]): ReadonlyMap<string, readonly WithSeen[]> {
  const groups = new Map<string, WithSeen[]>();
  for (const facts of some) groups.set(facts.seen.key, [...(groups.get(facts.seen.key) ?? []), facts]);
  return groups;
}

/** Causes that only a comparison of perspectives shows, the most specific first. */
export const COMPARISON_RULES = {
  'ipv6-broken': {
    looksFor:
      'a failure at the IPv6 address of a host whose IPv4 address gives the right answer, to the same perspective or to all that pass',
    sure: 'certain',
    text: 'IPv6 is broken while IPv4 works: the server at the IPv6 address gives another answer. Clients use IPv6 where there is an AAAA record.',
    applicant:
      'Make the server at the IPv6 address answer as the one at the IPv4 address, or remove the AAAA record.',
    ca: null,
    find: findIpv6,
  },
  'removed-too-early': {
    looksFor: 'a record or file that perspectives saw first and later ones did not, in time or over attempts',
    sure: 'likely',
    text: 'It was removed too early: perspectives that looked first saw it, those that looked later did not.',
    applicant:
      'Keep record or file in place until the CA reports the outcome, not only until the first query arrives.',
    ca: null,
    find: findRemoval,
  },
  'blocked-region': {
    looksFor:
      'perspectives that the same server turns away, or does not connect with, while it serves others',
    sure: 'likely',
    text: 'The server serves some perspectives and turns others away: a firewall or bot rule by region or source address.',
    applicant:
      'Exempt the path of the challenge from rules by country, network or reputation; perspectives look from all parts of the world.',
    ca: 'Check that the perspectives that fail have a working network and are not on a block list.',
    find: findBlock,
  },
  'minority-hijack': {
    looksFor: 'a minority of perspectives that see other values than the rest',
    sure: 'likely',
    text: 'A minority of the perspectives sees another value than the rest. Their way to the name servers or the server may be hijacked, or one of these is out of date.',
    applicant:
      'Check routes and name servers as seen from the regions named; if the request is not yours, report it to the CA.',
    ca: 'Do not issue on this. Treat it as a possible attack: look at BGP data for the prefixes, and ask the applicant whether the request is theirs.',
    find: findHijack,
  },
  'geo-dns': {
    looksFor: 'perspectives that reach other addresses than those that pass, or values that differ by region',
    sure: 'likely',
    text: 'The DNS sends perspectives to different servers, by region or in turn, and not all of them have the right content.',
    applicant:
      'Publish record or file on every server and in every regional variant of the zone, or let all of them fetch it from one place.',
    ca: null,
    find: findGeo,
  },
  'stale-dns': {
    looksFor:
      'perspectives without the record or with an older set, while others see the right one; or an answer marked as old (EDE 3, 19)',
    sure: 'likely',
    text: 'The DNS is out of date or split: some name servers give an older or another answer than the rest.',
    applicant:
      'Wait until every name server of the zone has the change (same serial in the SOA record), then try again; look for a forgotten server or an internal view.',
    ca: null,
    find: findStale,
  },
} as const satisfies Readonly<Record<string, Rule>>;
