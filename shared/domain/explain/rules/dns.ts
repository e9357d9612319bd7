import type { DcvParameters } from '../../check/check.ts';
import { DCV_ERROR } from '../../dcv/errors.ts';
import { usesOnlyDns } from '../../dcv/methods.ts';
import { quoteInput } from '../../net/quote.ts';
import { findExtendedError } from '../evidence/extended-errors.ts';
import { type Facts, hasError } from '../evidence/facts.ts';
import { quoteList, quoteMessage } from '../evidence/quoted.ts';
import type { Scene } from '../evidence/scene.ts';
import { inEach, type Rule } from './rule.ts';

const NXDOMAIN = 3;
const REFUSED = 5;

/** Whether a lookup or the whole check failed for lack of an answer of the DNS. */
function lacksAnswer({ failure, details }: Facts): boolean {
  return failure !== null || (details.kind === 'caa' && details.reason === 'lookup-failed');
}

function lookAtTrust(facts: Facts) {
  const { dns, failure } = facts;
  if (dns === null || !lacksAnswer(facts)) return null;
  const extended = findExtendedError(dns.extendedErrors, 'bogus');
  if (failure?.reason !== 'bogus' && dns.dnssec !== 'bogus' && extended === null) return null;
  const rule = extended?.meaning ?? 'the data does not verify';
  const server = extended?.server ?? null;
  const where = server === null ? '' : `, at the name server ${server}`;
  const told = extended === null ? '' : `; EDE ${extended.code} ${quoteInput(extended.text)}`;
  const name = failure === null ? quoteMessage(facts.errors[0]?.message ?? '') : quoteInput(failure.name);
  return {
    line: `lookup of ${name}: DNSSEC status bogus, ${rule}${where}${told}`,
    slots: { rule: `${rule}${where}` },
  };
}

function lookAtServers(facts: Facts) {
  const { dns, failure } = facts;
  if (dns === null || !lacksAnswer(facts)) return null;
  const extended = findExtendedError(dns.extendedErrors, 'unreachable');
  const isRefused = failure?.reason === 'refused' || dns.rcode === REFUSED;
  if (!isRefused && failure?.reason !== 'unreachable' && extended === null) return null;
  const server = extended?.server ?? null;
  const where = server === null ? '' : ` (${server})`;
  const what = isRefused
    ? 'a name server refused the query'
    : (extended?.meaning ?? 'no name server could be reached');
  const told = extended === null ? '' : `; EDE ${extended.code} ${quoteInput(extended.text)}`;
  return {
    line: `${quoteMessage(facts.errors[0]?.message ?? '')}${told}`,
    slots: { what: `${what}${where}` },
  };
}

function lookAtSlowness({ failure }: Facts) {
  if (failure?.reason !== 'timeout') return null;
  return {
    line: `${failure.type} at ${quoteInput(failure.name)}: ${quoteMessage(failure.message)}`,
    slots: { what: `the DNS query for ${failure.type} at ${quoteInput(failure.name)}` },
  };
}

function lookAtFailure({ failure }: Facts) {
  if (failure === null) return null;
  const { type, name, reason, message } = failure;
  return {
    line: `${type} at ${quoteInput(name)} (${reason}): ${quoteMessage(message)}`,
    slots: { name: quoteInput(name) },
  };
}

function lookAtName(facts: Facts, { check, target }: Scene) {
  const { details, lookup, result } = facts;
  if (details.kind === 'caa' && details.reason === 'no-such-tld')
    return { line: quoteMessage(facts.errors[0]?.message ?? ''), slots: { name: 'its top-level domain' } };
  if (details.kind === 'dns' && isDenied(facts)) {
    const base = details.nearbyNames?.find(({ name }) => name === target);
    const isGone =
      base === undefined
        ? !hasPrefix(facts, check) && details.dns.rcode === NXDOMAIN
        : base.rcode === NXDOMAIN;
    if (isGone && details.dns.cnameChain.length === 0)
      return { line: `${quoteInput(target)} does not exist (NXDOMAIN)`, slots: { name: quoteInput(target) } };
    return null;
  }
  const isHost = details.kind === 'http' || details.kind === 'tls';
  if (!isHost || lookup?.name !== 'NXDOMAIN' || result?.completed !== false) return null;
  return { line: quoteMessage(lookup.text), slots: { name: 'the host' } };
}

/** Methods without a prefix query the target itself; the evidence then has no entry for it among the nearby names. */
function hasPrefix({ details }: Facts, check: Scene['check']): boolean {
  if (check.checkType !== 'dcv' || details.kind !== 'dns') return false;
  return !('namePrefix' in check.dcv) || check.dcv.namePrefix !== '';
}

function isDenied({ details, result }: Facts): boolean {
  return details.kind === 'dns' && details.recordsSeen === null && result?.completed === true;
}

function lookNearby(facts: Facts) {
  const { details } = facts;
  if (details.kind !== 'dns' || !isDenied(facts)) return null;
  const found = details.nearbyNames?.find(({ matches }) => matches);
  if (found === undefined) return null;
  const missing = missingName(facts);
  return {
    line: `the value is at ${quoteInput(found.name)}, and ${missing} has no such record`,
    slots: { wrong: quoteInput(found.name), right: missing },
  };
}

/** The name that lacks the record, from the error that says so. */
function missingName({ lookup }: Facts): string {
  const [, name] = /^the name (\S+) (?:does not exist|has no )/.exec(lookup?.text ?? '') ?? [];
  return name === undefined ? 'the name that was queried' : quoteInput(name);
}

function lookAtDelegation(facts: Facts, { check }: Scene) {
  const missing = facts.result?.adnLookups?.at(-1);
  if (hasError(facts, DCV_ERROR.adn) && missing?.type === 'CNAME') {
    const seen = quoteList(missing.seen ?? []);
    return {
      line: `CNAME at ${quoteInput(missing.name)}: ${seen}; expected ${quoteInput(missing.expected)}`,
      slots: { name: quoteInput(missing.name), expected: quoteInput(missing.expected) },
    };
  }
  const wanted = check.checkType === 'dcv' ? wantedCname(check.dcv) : null;
  if (wanted === null || !isDenied(facts)) return null;
  const name = missingName(facts);
  return { line: `no CNAME at ${name}`, slots: { name, expected: quoteInput(wanted) } };
}

function wantedCname(dcv: DcvParameters): string | null {
  return dcv.method === 'dns-change' && dcv.recordType === 'CNAME' ? dcv.challengeValue : null;
}

function lookAtAlias(facts: Facts) {
  const { dns } = facts;
  const end = dns?.cnameChain.at(-1);
  const isHost = facts.details.kind === 'http' || facts.details.kind === 'tls';
  if (
    end === undefined ||
    !(isDenied(facts) || (isHost && facts.seen?.kind === 'nothing' && facts.hop?.statusCode == null))
  )
    return null;
  return {
    line: `the CNAME chain ends at ${quoteInput(end)}, which has no such record`,
    slots: { end: quoteInput(end) },
  };
}

function lookAtMissing(facts: Facts) {
  const { details, lookup, result } = facts;
  if (isDenied(facts)) {
    const rcode = facts.dns?.rcode === NXDOMAIN ? 'NXDOMAIN' : 'no such record';
    return { line: `${missingName(facts)}: ${rcode}`, slots: { name: missingName(facts) } };
  }
  const isHost = details.kind === 'http' || details.kind === 'tls';
  if (!isHost || lookup?.name !== 'NoAnswer' || result?.completed !== false) return null;
  return { line: quoteMessage(lookup.text), slots: { name: 'the host' } };
}

function lookAtRecords(facts: Facts, { check }: Scene) {
  const { details, result } = facts;
  const other = result?.adnLookups?.at(-1);
  if (hasError(facts, DCV_ERROR.adn) && other !== undefined)
    return {
      line: `${other.type} at ${quoteInput(other.name)}: ${quoteList(other.seen ?? [])}`,
      slots: {
        name: quoteInput(other.name),
        seen: quoteList(other.seen ?? []),
        expected: quoteInput(other.expected),
      },
    };
  if (details.kind !== 'dns' || details.recordsSeen === null || result?.completed !== true || result.passed)
    return null;
  if (check.checkType !== 'dcv') return null;
  const name = quoteInput(details.foundAt ?? 'the name that was queried');
  const seen = quoteList(details.recordsSeen);
  return { line: `at ${name}: ${seen}`, slots: { name, seen, expected: expectedOf(check.dcv) } };
}

function expectedOf(dcv: DcvParameters): string {
  if (!usesOnlyDns(dcv)) return 'the value of the request';
  switch (dcv.method) {
    case 'acme-dns-01':
    case 'dns-account-01':
      return quoteInput(dcv.keyAuthorizationHash);
    case 'dns-persistent':
      return `${quoteInput(dcv.issuerDomainNames[0] ?? '')} with accounturi ${quoteInput(dcv.expectedAccountUri)}`;
    default:
      return quoteInput(dcv.challengeValue);
  }
}

/** Causes in the DNS of the target, the most specific first. */
export const DNS_RULES = {
  'dnssec-bogus': {
    looksFor: 'a lookup with the DNSSEC status bogus, or an extended DNS error that says so (RFC 8914)',
    sure: 'certain',
    text: 'DNSSEC validation of {target} fails: {rule}. Validating resolvers do not use such data.',
    applicant:
      'Sign the zone again, or correct the DS record at the registrar; check every name server, for example with DNSViz.',
    ca: null,
    find: inEach(lookAtTrust),
  },
  'lame-server': {
    looksFor:
      'REFUSED, or an extended DNS error 22 or 23: name servers that cannot be reached or do not serve the zone',
    sure: 'likely',
    text: 'Name servers of {target} do not serve the zone or cannot be reached: {what}.',
    applicant:
      'Make every name server in the delegation at the registrar answer for the zone, from every region, and remove those that do not exist.',
    ca: null,
    find: inEach(lookAtServers),
  },
  'name-does-not-exist': {
    looksFor:
      'NXDOMAIN for the target itself, for the host of a web or TLS server, or for the top-level domain',
    sure: 'certain',
    text: 'The name does not exist in the DNS: {name}.',
    applicant: 'Check the spelling, the registration of the domain and its delegation to the name servers.',
    ca: 'Check that the request names what the applicant applied for.',
    find: inEach(lookAtName),
  },
  'record-at-wrong-name': {
    looksFor: 'no record at the name that is queried, and the right value at a name near it',
    sure: 'certain',
    text: 'The record is right, but at the wrong name: it is at {wrong} and must be at {right}.',
    applicant:
      'Move the record. Many DNS editors append the zone by themselves: enter only the part before it.',
    ca: null,
    find: inEach(lookNearby),
  },
  'cname-delegation-missing': {
    looksFor: 'a CNAME record that is missing or leads elsewhere, where the method or adn_steps need it',
    sure: 'certain',
    text: 'The CNAME record at {name} that must lead to {expected} is missing or leads elsewhere.',
    applicant: 'Publish that CNAME record, and no other record at the same name.',
    ca: 'If adn_steps were sent, look the name up again and send the steps as they are.',
    find: inEach(lookAtDelegation),
  },
  'cname-target-empty': {
    looksFor: 'a CNAME chain that ends at a name without the record',
    sure: 'certain',
    text: 'The name is an alias, and its target {end} does not have the record.',
    applicant:
      'Publish the record at the end of the CNAME chain, or remove the CNAME and publish it at the name itself.',
    ca: null,
    find: inEach(lookAtAlias),
  },
  'no-record': {
    looksFor: 'a name that exists without the record, or a host without an address',
    sure: 'certain',
    text: 'The record is missing: {name} has none of the type that is needed.',
    applicant: 'Publish the record, wait until every name server has it, then try again.',
    ca: null,
    find: inEach(lookAtMissing),
  },
  'wrong-record': {
    looksFor: 'records at the right name, none of which has the expected value',
    sure: 'certain',
    text: 'The record at {name} has another value than expected: {seen}, expected {expected}.',
    applicant:
      'Replace the value with the one of this order; an old value, added quotes or a cut one do not count.',
    ca: 'Check that the applicant was given the value of this request.',
    find: inEach(lookAtRecords),
  },
  'name-server-slow': {
    looksFor: 'a DNS lookup without a response in time',
    sure: 'likely',
    text: 'Too slow: {what} got no response in time.',
    applicant:
      'Check that every name server responds, over UDP and TCP, to this record type, and is not rate limited or blocked by a firewall.',
    ca: 'If only some perspectives are affected, check the network of those.',
    find: inEach(lookAtSlowness),
  },
  'name-server-failure': {
    looksFor: 'a DNS lookup that failed in another way: SERVFAIL, a malformed answer, an alias loop',
    sure: 'likely',
    text: 'The DNS of {name} did not give a usable answer.',
    applicant:
      'Check the zone at every name server: loaded without errors, aliases without a loop, answers that are not truncated over TCP.',
    ca: null,
    find: inEach(lookAtFailure),
  },
} as const satisfies Readonly<Record<string, Rule>>;
