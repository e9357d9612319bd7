import {
  type ContactMethod,
  type ContactsParameters,
  type DnsDcvParameters,
  MAX_NAME_LENGTH,
  type Target,
  type ValidationMethod,
} from '../check/check.ts';
import type { CheckError } from '../check/check-result.ts';
import { climbNames } from '../dns/climb.ts';
import { isQueryName, isUnderscoreLabel } from '../dns/dns-name.ts';
import type { RecordType } from '../dns/lookup.ts';
import { foldAscii, utf8Octets } from '../dns/octets.ts';
import { parseIpAddress, reverseName } from '../net/ip-address.ts';
import { accountLabel } from './account-label.ts';
import { findChallengeWeakness } from './challenge-strength.ts';
import { DCV_ERROR } from './errors.ts';
import {
  citeMethod,
  identifierAllowed,
  identifierKindAllowed,
  isMethodEnded,
  METHOD_RULES,
} from './methods.ts';

/** The label before the name for contacts in TXT records (TLS BR Appendix A.2.1 [txt-contact-email]); null for CAA. */
const CONTACT_PREFIXES = {
  'contact-email-txt': '_validation-contactemail',
  'contact-phone-txt': '_validation-contactphone',
  'contact-email-caa': null,
  'contact-phone-caa': null,
} as const satisfies Readonly<Record<ContactMethod, string | null>>;

const NO_NAME = `prefix and target make no domain name of at most ${MAX_NAME_LENGTH} characters`;

export interface DnsQuestion {
  readonly type: RecordType;
  /** Names to query in this order until one has records; more than one only when climbing. */
  readonly names: readonly string[];
  /** True if the search climbs to the parents (RFC 8659 section 3). */
  readonly climbs: boolean;
}

/**
 * - `planned`: the query to send. `deviations` lists where it departs from the Baseline Requirements; empty for a check
 *   that can corroborate.
 * - `refused`: the parameters define no valid query.
 */
export type DnsPlan =
  | { readonly status: 'planned'; readonly question: DnsQuestion; readonly deviations: readonly CheckError[] }
  | { readonly status: 'refused'; readonly error: CheckError };

/**
 * Plan the DNS query of a check (TLS BR 3.2.2.4 [dcv] and 3.2.2.5 [ip]): one name, made of the method's prefix and the
 * target without its wildcard label, and one record type.
 */
export function planDnsQuestion(target: Target, parameters: DnsDcvParameters, nowMs: number): DnsPlan {
  const { method } = parameters;
  if (!identifierKindAllowed(method, target))
    return refused(`${method} cannot validate ${describeKind(target)}`);
  const unusable = findUnusableValue(parameters);
  if (unusable !== null) return refused(`${method}: the ${unusable} is empty or no valid text`);

  const base = baseName(target);
  if (base === null) return refused('the target is no IP address');
  const prefix = queryPrefix(target, parameters);
  const name = foldAscii(prefix === '' ? base : `${prefix}.${base}`);
  if (!isQueryName(name)) {
    return refused(`${method}: ${NO_NAME}`);
  }

  const climbs = method === 'contact-email-caa' || method === 'contact-phone-caa';
  return {
    status: 'planned',
    question: { type: recordType(parameters), names: climbs ? climbNames(name) : [name], climbs },
    deviations: findDeviations(target, parameters, nowMs),
  };
}

/**
 * Plan the DNS query for the contacts of a name: the query of the validation method that the contacts are for, without a
 * contact to compare with.
 */
export function planContactsQuestion(target: Target, { method }: ContactsParameters, nowMs: number): DnsPlan {
  if (target.kind !== 'domain' || !identifierKindAllowed(method, target))
    return refused(`${method} has no contacts of ${describeKind(target)}`);
  const prefix = CONTACT_PREFIXES[method];
  const name = foldAscii(prefix === null ? target.name : `${prefix}.${target.name}`);
  if (!isQueryName(name)) return refused(`${method}: ${NO_NAME}`);
  const question: DnsQuestion =
    prefix === null
      ? { type: 'CAA', names: climbNames(name), climbs: true }
      : { type: 'TXT', names: [name], climbs: false };
  return { status: 'planned', question, deviations: findMethodDeviations(target, method, nowMs) };
}

/** The name of the target in the DNS; null for an invalid address. */
function baseName(target: Target): string | null {
  if (target.kind !== 'ip') return target.name;
  return parseIpAddress(target.address) === null ? null : reverseName(target.address);
}

/** The prefix of the query name, without a final dot; empty for the base name itself. */
export function queryPrefix(target: Target, parameters: DnsDcvParameters): string {
  switch (parameters.method) {
    case 'acme-dns-01':
      return '_acme-challenge';
    case 'dns-account-01':
      return `_${accountLabel(parameters.accountUri)}._acme-challenge`;
    case 'dns-persistent':
      return target.kind === 'domain' ? '_validation-persist' : '_ip-validation-persist';
    case 'contact-email-txt':
    case 'contact-phone-txt':
      return CONTACT_PREFIXES[parameters.method];
    default:
      return parameters.namePrefix;
  }
}

function recordType(parameters: DnsDcvParameters): RecordType {
  switch (parameters.method) {
    case 'dns-change':
    case 'ip-address':
      return parameters.recordType;
    case 'contact-email-caa':
    case 'contact-phone-caa':
      return 'CAA';
    case 'reverse-address-lookup':
      return 'PTR';
    default:
      return 'TXT';
  }
}

/** Every record contains an empty value, so an empty value is rejected. */
function findUnusableValue(parameters: DnsDcvParameters): string | null {
  const unusable = Object.entries(expectedValues(parameters)).find(
    ([, values]) => values.length === 0 || values.some((value) => value === '' || utf8Octets(value) === null),
  );
  return unusable?.[0] ?? null;
}

function expectedValues(parameters: DnsDcvParameters): Readonly<Record<string, readonly string[]>> {
  switch (parameters.method) {
    case 'acme-dns-01':
      return { 'key authorization hash': [parameters.keyAuthorizationHash] };
    case 'dns-account-01':
      return {
        'key authorization hash': [parameters.keyAuthorizationHash],
        'account URI': [parameters.accountUri],
      };
    case 'dns-persistent':
      return {
        'list of issuer domain names': parameters.issuerDomainNames,
        'expected account URI': [parameters.expectedAccountUri],
      };
    default:
      return { 'challenge value': [parameters.challengeValue] };
  }
}

function findDeviations(target: Target, parameters: DnsDcvParameters, nowMs: number): readonly CheckError[] {
  const { method } = parameters;
  const deviations = [...findMethodDeviations(target, method, nowMs)];
  const weakness = findChallengeWeakness(parameters);
  if (weakness !== null) deviations.push(parameterError(`${method}: ${weakness}`));
  const prefixFault = findPrefixFault(parameters);
  if (prefixFault !== null) deviations.push(parameterError(`${method}: ${prefixFault}`));
  return deviations;
}

/** A method that has ended, or that cannot validate the target. */
function findMethodDeviations(
  target: Target,
  method: ValidationMethod,
  nowMs: number,
): readonly CheckError[] {
  const deviations: CheckError[] = [];
  const { endsOn } = METHOD_RULES[method];
  if (isMethodEnded(method, new Date(nowMs))) {
    const message = `${method} cannot be used since ${endsOn} (${citeMethod(method, target)}); use another method`;
    deviations.push({ type: DCV_ERROR.methodEnded, message });
  }
  if (!identifierAllowed(method, target))
    deviations.push(parameterError(`${method} cannot validate wildcard names`));
  return deviations;
}

/**
 * TLS BR 3.2.2.4.7 [dcv-dns-change] lets a Domain Contact prefix the name with one label that begins with an
 * underscore. The other methods validate the name or address itself: a name below it may belong to another party.
 */
function findPrefixFault(parameters: DnsDcvParameters): string | null {
  if (!('namePrefix' in parameters) || parameters.namePrefix === '') return null;
  if (parameters.method !== 'dns-change') return 'the name prefix must be empty';
  return isUnderscoreLabel(parameters.namePrefix)
    ? null
    : 'the name prefix must be one label that starts with an underscore';
}

function describeKind(target: Target): string {
  if (target.kind === 'domain') return 'a domain name';
  return target.kind === 'ip' ? 'an IP address' : 'a name in a reverse zone';
}

function parameterError(message: string): CheckError {
  return { type: DCV_ERROR.parameter, message };
}

function refused(message: string): DnsPlan {
  return { status: 'refused', error: parameterError(message) };
}
