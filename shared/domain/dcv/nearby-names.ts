import type { DnsDcvParameters, Target } from '../check/check.ts';
import { isQueryName } from '../dns/dns-name.ts';
import { foldAscii } from '../dns/octets.ts';
import { queryPrefix } from './question.ts';

/** Methods whose record an applicant publishes for the validation, and may publish at a wrong name. */
const PUBLISHED: ReadonlySet<DnsDcvParameters['method']> = new Set<DnsDcvParameters['method']>([
  'acme-dns-01',
  'dns-account-01',
  'dns-change',
  'dns-persistent',
  'contact-email-txt',
  'contact-phone-txt',
]);

/**
 * Names at which a record that is missing at `name` is often found instead, at most four: the target itself (also to
 * see whether it exists), the name with its zone appended once more, and the same prefix at the parent and below `www`.
 */
export function nearbyNames(target: Target, parameters: DnsDcvParameters, name: string): readonly string[] {
  if (target.kind !== 'domain' || !PUBLISHED.has(parameters.method)) return [];
  const base = target.name;
  const prefix = queryPrefix(target, parameters);
  const below = (owner: string) => (prefix === '' ? owner : `${prefix}.${owner}`);
  const parent = base.slice(base.indexOf('.') + 1);
  const hasParent = parent.includes('.');
  const candidates = [
    base,
    `${name}.${hasParent ? parent : base}`,
    ...(hasParent ? [below(parent)] : []),
    ...(base.startsWith('www.') ? [] : [below(`www.${base}`)]),
  ].map(foldAscii);
  return [...new Set(candidates)].filter((one) => one !== name && isQueryName(one));
}
