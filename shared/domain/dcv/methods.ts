import type { Check, DcvParameters, DnsDcvParameters, Target, ValidationMethod } from '../check/check.ts';
import { cite } from '../rules/citation.ts';
import { RULEBOOK, type SectionId } from '../rules/rulebook.ts';

export const METHOD_RULES = RULEBOOK.methods;

type OtherMethod = Exclude<ValidationMethod, DnsDcvParameters['method']>;

/** The methods that ask a server; all others only ask the DNS. The type ties the list to the parameters. */
const ASKS_SERVER: Readonly<Record<OtherMethod, true>> = {
  'website-change': true,
  'acme-http-01': true,
  'acme-tls-alpn-01': true,
};

/** The section by which a method validates a target, or null when it cannot validate a target of that kind. */
export function methodSection(method: ValidationMethod, { kind }: Pick<Target, 'kind'>): SectionId | null {
  const { domain, ip } = METHOD_RULES[method].sections;
  return kind === 'domain' ? domain : ip;
}

/** The citation of {@link methodSection}; for a target that the method cannot validate, of the section it has. */
export function citeMethod(method: ValidationMethod, target: Pick<Target, 'kind'>): string {
  const { domain, ip } = METHOD_RULES[method].sections;
  const section = methodSection(method, target) ?? domain ?? ip;
  return section === null ? method : cite(section);
}

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

/** Every method that a validation rests on: its own, and the reverse lookup where that led from an address to its target. */
export function methodsOf({ dcv, adn }: Extract<Check, { checkType: 'dcv' }>): readonly ValidationMethod[] {
  const isReverse = adn?.lookups.some(({ type }) => type === 'PTR') ?? false;
  return isReverse ? ['reverse-address-lookup', dcv.method] : [dcv.method];
}

/** Narrows to the methods that only ask the DNS. */
export function usesOnlyDns(parameters: DcvParameters): parameters is DnsDcvParameters {
  return !(parameters.method in ASKS_SERVER);
}
