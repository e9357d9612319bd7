import type { DcvParameters, DnsDcvParameters, Target, ValidationMethod } from '../mpic/check.ts';

type DnsMethod = DnsDcvParameters['method'];

/**
 * By which steps a CA may come from the name that was applied for to the authorization domain name that it has checked
 * (ballot SC-101, TLS BR v2.2.9, binding from 2026-11-15). The steps come in this order: a name that has been pruned is not
 * replaced any more, since an alias of a parent gives its target no authority over the child. The service takes neither
 * step: it checks the name it is given.
 */
export interface AdnSteps {
  /** First, as often as needed: the name's CNAME target in its place. */
  readonly replaceByCname: boolean;
  /** Then: leftmost labels off, not below the base domain name. */
  readonly prune: boolean;
}

/** What the Baseline Requirements say about one validation method. */
export interface MethodRule {
  /** Sections of TLS BR v2.2.6; null: the method does not exist for that kind of identifier. */
  readonly sections: { readonly domain: string | null; readonly ip: string | null };
  /** Kinds of target the method can be applied to at all. */
  readonly identifiers: readonly Target['kind'][];
  /** Whether it may validate a wildcard name. */
  readonly wildcard: boolean;
  readonly adn: AdnSteps;
  /** First UTC day on which it can no longer be used, or null while no end is set. */
  readonly endsOn: string | null;
  /** Labels of the CAA parameter `validationmethods` (RFC 8657 section 4) that stand for it. */
  readonly caaLabels: readonly string[];
  readonly usesOnlyDns: boolean;
}

const NEITHER: AdnSteps = { replaceByCname: false, prune: false };
const PRUNE_ONLY: AdnSteps = { replaceByCname: false, prune: true };
const BOTH: AdnSteps = { replaceByCname: true, prune: true };

/** Ties the column `usesOnlyDns` to the parameter types, so that the two cannot come apart. */
type MethodRules = {
  readonly [M in ValidationMethod]: MethodRule & { readonly usesOnlyDns: M extends DnsMethod ? true : false };
};

/** One row per method. End dates: TLS BR v2.2.6 sections 3.2.2.4.8, .13, .14, .16, .17 and 3.2.2.5.3. */
export const METHOD_RULES: MethodRules = {
  'website-change': {
    sections: { domain: '3.2.2.4.18', ip: '3.2.2.5.1' },
    identifiers: ['domain', 'ip'],
    wildcard: false,
    adn: NEITHER,
    endsOn: null,
    caaLabels: ['ca-tbr-18'],
    usesOnlyDns: false,
  },
  'acme-http-01': {
    sections: { domain: '3.2.2.4.19', ip: '3.2.2.5.6' },
    identifiers: ['domain', 'ip'],
    wildcard: false,
    adn: NEITHER,
    endsOn: null,
    caaLabels: ['http-01', 'ca-tbr-19'],
    usesOnlyDns: false,
  },
  'acme-dns-01': {
    sections: { domain: '3.2.2.4.7', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    endsOn: null,
    caaLabels: ['dns-01', 'ca-tbr-7'],
    usesOnlyDns: true,
  },
  'acme-tls-alpn-01': {
    sections: { domain: '3.2.2.4.20', ip: '3.2.2.5.7' },
    identifiers: ['domain', 'ip'],
    wildcard: false,
    adn: NEITHER,
    endsOn: null,
    caaLabels: ['tls-alpn-01', 'ca-tbr-20'],
    usesOnlyDns: false,
  },
  'dns-change': {
    sections: { domain: '3.2.2.4.7', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    endsOn: null,
    caaLabels: ['ca-tbr-7'],
    usesOnlyDns: true,
  },
  'dns-account-01': {
    sections: { domain: '3.2.2.4.21', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: PRUNE_ONLY,
    endsOn: null,
    caaLabels: ['dns-account-01', 'ca-tbr-21'],
    usesOnlyDns: true,
  },
  'dns-persistent': {
    sections: { domain: '3.2.2.4.22', ip: '3.2.2.5.8' },
    identifiers: ['domain', 'ip'],
    wildcard: true,
    adn: PRUNE_ONLY,
    endsOn: null,
    caaLabels: ['dns-persist-01', 'ca-tbr-22'],
    usesOnlyDns: true,
  },
  'contact-email-txt': {
    sections: { domain: '3.2.2.4.14', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    endsOn: '2028-03-15',
    caaLabels: ['ca-tbr-14'],
    usesOnlyDns: true,
  },
  'contact-phone-txt': {
    sections: { domain: '3.2.2.4.16', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    endsOn: '2027-03-15',
    caaLabels: ['ca-tbr-16'],
    usesOnlyDns: true,
  },
  'contact-email-caa': {
    sections: { domain: '3.2.2.4.13', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    endsOn: '2028-03-15',
    caaLabels: ['ca-tbr-13'],
    usesOnlyDns: true,
  },
  'contact-phone-caa': {
    sections: { domain: '3.2.2.4.17', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    endsOn: '2027-03-15',
    caaLabels: ['ca-tbr-17'],
    usesOnlyDns: true,
  },
  'ip-address': {
    sections: { domain: '3.2.2.4.8', ip: null },
    identifiers: ['domain'],
    wildcard: false,
    adn: NEITHER,
    endsOn: '2026-03-15',
    caaLabels: [],
    usesOnlyDns: true,
  },
  'reverse-address-lookup': {
    sections: { domain: null, ip: '3.2.2.5.3' },
    identifiers: ['ip', 'reverse-name'],
    wildcard: false,
    adn: NEITHER,
    endsOn: '2027-03-15',
    caaLabels: [],
    usesOnlyDns: true,
  },
};

/** Whether the method's end date has come. An unreadable date counts as past it: no rule may lapse by accident. */
export function isMethodEnded(method: ValidationMethod, date: Date): boolean {
  const { endsOn } = METHOD_RULES[method];
  if (endsOn === null) return false;
  const isBeforeEnd = date.getTime() < Date.parse(`${endsOn}T00:00:00Z`);
  return !isBeforeEnd;
}

/** Whether the method can be applied to an identifier of this kind, whatever the policy (RFC 8738 section 7 for ACME). */
export function identifierKindAllowed(method: ValidationMethod, target: Target): boolean {
  return METHOD_RULES[method].identifiers.includes(target.kind);
}

/** Whether the Baseline Requirements let this method validate this target: its kind and, for names, the wildcard. */
export function identifierAllowed(method: ValidationMethod, target: Target): boolean {
  if (!identifierKindAllowed(method, target)) return false;
  return target.kind !== 'domain' || !target.wildcard || METHOD_RULES[method].wildcard;
}

/** Narrows to the methods that {@link METHOD_RULES} marks `usesOnlyDns`. */
export function usesOnlyDns(parameters: DcvParameters): parameters is DnsDcvParameters {
  return METHOD_RULES[parameters.method].usesOnlyDns;
}
