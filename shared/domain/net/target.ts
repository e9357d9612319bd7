import { type CheckType, MAX_NAME_LENGTH, type Target, type ValidationMethod } from '../check/check.ts';
import { cite } from '../rules/citation.ts';
import { normaliseDomainName } from './domain-name.ts';
import { addressOfReverseName, type IpAddress, parseIpAddress } from './ip-address.ts';
import { type IpNetwork, networkContains } from './ip-network.ts';
import { quoteInput } from './quote.ts';
import { findReservedBlock } from './special-purpose.ts';
import { findSpecialUseName, isAtOrBelow } from './special-use.ts';
import type { TargetProblem } from './target-problems.ts';

export interface TargetRules {
  /** Accept names below `test`: for local and test installations only. */
  readonly allowTestNames: boolean;
  readonly checkType: CheckType;
  /** The validation method of a DCV check; ignored for a CAA check. */
  readonly method?: ValidationMethod | undefined;
  /** Reserved networks that the operator of a closed network or a lab allows. Empty in production. */
  readonly allowedNetworks?: readonly IpNetwork[] | undefined;
}

interface TargetRefusal {
  readonly ok: false;
  readonly code: TargetProblem;
  /** For the CA engineer: what is wrong and what to do. Contains no control characters of the input. */
  readonly message: string;
}

export type TargetResult = { readonly ok: true; readonly target: Target } | TargetRefusal;

/** Domain names have no brackets or colons; a single colon is more likely a port. */
const LOOKS_LIKE_IPV6 = /^(?:\[|[0-9a-f]*:[0-9a-f]*:)/i;

/**
 * Parse the identifier of a check request: an IP literal (IPv6 also in brackets), a domain name, or `*.` and a domain
 * name.
 *
 * Rejects Reserved IP Addresses, Internal Names as far as they can be recognised without the DNS, and names in the
 * reverse zones (TLS BR 4.2.2 [certificate-names]) except for a reverse address lookup (TLS BR 3.2.2.5.3 [ip-reverse]).
 * CAA does not apply to IP addresses (RFC 8659 section 1).
 */
export function normaliseTarget(text: string, rules: TargetRules): TargetResult {
  if (LOOKS_LIKE_IPV6.test(text)) return ipv6Target(text, rules);
  const address = parseIpAddress(text);
  return address === null ? domainTarget(text, rules) : ipTarget(text, address, rules);
}

/**
 * The key that selects the cohort for a target. All forms of one identifier share it, so that a request in another form
 * never gets another cohort.
 */
export function cohortKey(target: Target): string {
  return target.kind === 'domain' ? target.name : target.address;
}

/**
 * The identifier that the perspectives check, and the only one that a verdict covers: lower-case A-labels, after `*.`
 * for a wildcard, or the text of the address.
 */
export function checkedIdentifier(target: Target): string {
  if (target.kind === 'domain') return target.wildcard ? `*.${target.name}` : target.name;
  return target.address;
}

/**
 * Why a name as written differs from the name that is checked; null if they are equal, ignoring case.
 *
 * A certificate holds LDH labels and A-labels (TLS BR 1.6.1 [definitions]). Any other form must be converted, and
 * converters differ: `faß.de` is `xn--fa-hia.de` in IDNA2008 and `fass.de` in IDNA2003, and a verdict about one says
 * nothing about the other. All texts of an address represent the same octets.
 */
export function findSpellingProblem(text: string, target: Target): string | null {
  if (target.kind === 'ip') return null;
  const checked = target.kind === 'domain' ? checkedIdentifier(target) : target.name;
  const written = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (written === checked) return null;
  return `${quoteInput(text)} is not written as it would be in a certificate, in LDH labels and A-labels without a final dot (${cite('definitions')}): send ${quoteInput(checked)} if that is the name in the certificate request.`;
}

function ipv6Target(text: string, rules: TargetRules): TargetResult {
  const bracketed = text.startsWith('[') && text.endsWith(']');
  const address = parseIpAddress(bracketed ? text.slice(1, -1) : text);
  if (address?.family === 6) return ipTarget(text, address, rules);
  return refuse(
    'not-an-ip-address',
    `${quoteInput(text)} is not an IP address. Write IPv6 as in RFC 4291, without port, prefix length or zone index; brackets may enclose the whole of an IPv6 address.`,
  );
}

function ipTarget(text: string, address: IpAddress, rules: TargetRules): TargetResult {
  if (rules.checkType === 'caa') {
    return refuse(
      'ip-address-not-allowed',
      `${quoteInput(text)} is an IP address, and CAA records exist for domain names only. Send no CAA check for it.`,
    );
  }
  const refusal = refuseReserved(text, address, rules);
  return refusal ?? { ok: true, target: { kind: 'ip', address: address.text, family: address.family } };
}

function domainTarget(text: string, rules: TargetRules): TargetResult {
  const wildcard = text.startsWith('*.');
  const base = wildcard ? text.slice(2) : text;
  if (base.includes('*')) {
    return refuse(
      'misplaced-wildcard',
      `${quoteInput(text)} has an asterisk where none is allowed. Only the first label may be "*", alone and once.`,
    );
  }

  const normalised = normaliseDomainName(base);
  if (!normalised.ok) return refuse('not-a-domain-name', normalised.message);
  const { name } = normalised;
  if (wildcard && name.length + 2 > MAX_NAME_LENGTH) {
    return refuse(
      'not-a-domain-name',
      `${quoteInput(text)} is not a domain name: with "*." it has more than ${MAX_NAME_LENGTH} characters. Shorten it.`,
    );
  }

  if (isAtOrBelow(name, 'in-addr.arpa') || isAtOrBelow(name, 'ip6.arpa')) {
    return reverseNameTarget(text, name, wildcard, rules);
  }
  const specialUse = findSpecialUseName(name, rules.allowTestNames);
  if (specialUse !== null) {
    return refuse(
      'special-use-name',
      `${quoteInput(text)} lies in "${specialUse.suffix}", which is set aside for ${specialUse.purpose} (${specialUse.reference}) and not part of the public DNS. Send a name that is.`,
    );
  }
  return { ok: true, target: { kind: 'domain', name, wildcard } };
}

function reverseNameTarget(text: string, name: string, wildcard: boolean, rules: TargetRules): TargetResult {
  if (rules.checkType !== 'dcv' || rules.method !== 'reverse-address-lookup' || wildcard) {
    return refuse(
      'reverse-name-not-allowed',
      `${quoteInput(text)} lies in a reverse zone, and certificates must not name it (${cite('certificate-names')}). Only the method reverse-address-lookup takes such a name, without a wildcard.`,
    );
  }
  const address = addressOfReverseName(name);
  if (address === null) {
    return refuse(
      'reverse-name-not-allowed',
      `${quoteInput(text)} does not stand for one IP address. Send all four octets below in-addr.arpa, or all 32 nibbles below ip6.arpa.`,
    );
  }
  const refusal = refuseReserved(text, address, rules);
  return (
    refusal ?? {
      ok: true,
      target: { kind: 'reverse-name', name, address: address.text, family: address.family },
    }
  );
}

function refuseReserved(text: string, address: IpAddress, rules: TargetRules): TargetRefusal | null {
  const reserved = findReservedBlock(address.text);
  if (reserved === null) return null;
  if (rules.allowedNetworks?.some((network) => networkContains(network, address))) return null;
  return refuse(
    'reserved-ip-address',
    `${quoteInput(text)} is a reserved IP address: ${reserved.block} is ${reserved.name} (${reserved.reference}). Certificates must not name it (${cite('certificate-names')}). Send an address of the public Internet.`,
  );
}

function refuse(code: TargetProblem, message: string): TargetRefusal {
  return { ok: false, code, message };
}
