import {
  adnLookupsOf,
  type Check,
  type DcvParameters,
  type DnsDcvParameters,
  methodOf,
  type Target,
  type ValidationMethod,
} from '../check/check.ts';
import { cite } from '../rules/citation.ts';
import { RULEBOOK, type SectionId } from '../rules/rulebook.ts';

export const METHOD_RULES = RULEBOOK.methods;

type OtherMethod = Exclude<ValidationMethod, DnsDcvParameters['method']>;

/**
 * The methods that connect to a server; all others query only the DNS. The type derives the list from the parameters.
 */
const ASKS_SERVER: Readonly<Record<OtherMethod, true>> = {
  'website-change': true,
  'acme-http-01': true,
  'acme-tls-alpn-01': true,
};

/** The section for validating a target with a method, or null if the method cannot validate a target of that kind. */
export function methodSection(method: ValidationMethod, { kind }: Pick<Target, 'kind'>): SectionId | null {
  const { domain, ip } = METHOD_RULES[method].sections;
  return kind === 'domain' ? domain : ip;
}

/**
 * The citation of {@link methodSection}; for a target that the method cannot validate, the citation of its other
 * section.
 */
export function citeMethod(method: ValidationMethod, target: Pick<Target, 'kind'>): string {
  const { domain, ip } = METHOD_RULES[method].sections;
  const section = methodSection(method, target) ?? domain ?? ip;
  return section === null ? method : cite(section);
}

/**
 * Whether the method's end date has been reached. An invalid date counts as after it, so that no rule lapses by
 * accident.
 */
export function isMethodEnded(method: ValidationMethod, date: Date): boolean {
  const { endsOn } = METHOD_RULES[method];
  if (endsOn === null) return false;
  const isBeforeEnd = date.getTime() < Date.parse(`${endsOn}T00:00:00Z`);
  return !isBeforeEnd;
}

/** Whether the method can validate an identifier of this kind, under either policy (RFC 8738 section 7 for ACME). */
export function identifierKindAllowed(method: ValidationMethod, target: Target): boolean {
  return METHOD_RULES[method].identifiers.includes(target.kind);
}

/** Whether the Baseline Requirements allow this method for this target: its kind and, for names, the wildcard. */
export function identifierAllowed(method: ValidationMethod, target: Target): boolean {
  if (!identifierKindAllowed(method, target)) return false;
  return target.kind !== 'domain' || !target.wildcard || METHOD_RULES[method].wildcard;
}

/**
 * Every method that a check uses: its own, and the reverse lookup if that led from an address to the target. None for
 * CAA.
 */
export function methodsOf(check: Check): readonly ValidationMethod[] {
  const method = methodOf(check);
  if (method === null) return [];
  const isReverse = adnLookupsOf(check).some(({ type }) => type === 'PTR');
  return isReverse ? ['reverse-address-lookup', method] : [method];
}

/** Narrows to the methods that query only the DNS. */
export function usesOnlyDns(parameters: DcvParameters): parameters is DnsDcvParameters {
  return !(parameters.method in ASKS_SERVER);
}
