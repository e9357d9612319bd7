import type { CaaReason, Check } from '../../check/check.ts';
import type { CaaDetails } from '../../check/check-result.ts';
import { quoteInput } from '../../net/quote.ts';
import { cite } from '../../rules/citation.ts';
import type { Facts } from '../evidence/facts.ts';
import { quoteList, quoteMessage } from '../evidence/quoted.ts';
import type { Scene } from '../evidence/scene.ts';
import { inEach, type Rule } from './rule.ts';

type Reader = (details: CaaDetails, scene: Scene) => Readonly<Record<string, string>>;

/** A set that forbids for one of `reasons`: at which level, by which records. */
function forbids(reasons: readonly CaaReason[], more: Reader = () => ({})): Rule['find'] {
  return inEach(({ details, result }: Facts, scene) => {
    if (details.kind !== 'caa' || result?.passed !== false || !reasons.includes(details.reason)) return null;
    const level = quoteInput(details.foundAt ?? scene.target);
    const records = quoteList(decidingRecords(details, scene.check));
    return { line: `CAA at ${level}: ${records}`, slots: { level, records, ...more(details, scene) } };
  });
}

/** The records of the set that can permit the certificate (RFC 8659 section 4, RFC 9495), else all of them. */
function decidingRecords({ recordsSeen, reason }: CaaDetails, check: Check): readonly string[] {
  const records = recordsSeen ?? [];
  const withTag = (tag: string) => records.filter((text) => text.split(' ', 2)[1]?.toLowerCase() === tag);
  if (check.checkType !== 'caa') return records;
  if (reason === 'unknown-critical-property') {
    const critical = records.filter((text) => Number(text.split(' ', 1)[0]) >= CRITICAL);
    return critical.length === 0 ? records : critical;
  }
  const isWildcard = check.target.kind === 'domain' && check.target.wildcard;
  const tags =
    check.caa.certificateType === 's-mime' ? ['issuemail'] : isWildcard ? ['issuewild', 'issue'] : ['issue'];
  return tags.map(withTag).find((found) => found.length > 0) ?? records;
}

/** RFC 8659 section 4.1: bit 0 of the flags is the most significant one. */
const CRITICAL = 128;

function limitsOf({ permissibleAccountUris, permissibleValidationMethods }: CaaDetails) {
  const accounts = permissibleAccountUris === null ? [] : [`accounts ${quoteList(permissibleAccountUris)}`];
  const methods =
    permissibleValidationMethods === null ? [] : [`methods ${quoteList(permissibleValidationMethods)}`];
  return { limits: [...accounts, ...methods].join('; ') || 'none that a request can meet' };
}

function issuersOf(_: CaaDetails, { check }: Scene) {
  return { issuers: check.checkType === 'caa' ? quoteList(check.caa.caaDomains) : 'the CA' };
}

function lookAtFailure({ details, errors, result }: Facts) {
  if (details.kind !== 'caa' || details.reason !== 'lookup-failed' || result?.completed !== false)
    return null;
  return { line: quoteMessage(errors.at(-1)?.message ?? 'no message') };
}

/** Causes of CAA checks. */
export const CAA_RULES = {
  'caa-forbids-issuer': {
    looksFor: 'a CAA record set without a property that names the CA',
    sure: 'certain',
    text: 'CAA at {level} does not permit this CA ({issuers}): {records}.',
    applicant:
      'Add a CAA record at {level} that names the CA, or ask the owner of that name to do so; or order from a CA that it names.',
    ca: 'If a property names the CA by another of its issuer domain names, add that name to MPIC_CAA_DOMAINS or caa_domains.',
    find: forbids(['issuer-not-authorised'], issuersOf),
  },
  'caa-forbids-account': {
    looksFor: 'a CAA property that names the CA and limits it to other accounts or methods (RFC 8657)',
    sure: 'certain',
    text: 'CAA at {level} permits this CA only for certain accounts or validation methods: {records}. Permitted: {limits}.',
    applicant:
      'Order with a permitted account and method, or change the parameters accounturi and validationmethods of the record.',
    ca: 'Check that the request sends the account URI and the validation method of the order.',
    find: forbids(['account-not-authorised', 'method-not-authorised'], limitsOf),
  },
  'caa-critical-property': {
    looksFor: 'a CAA property with the critical flag that the CA does not know',
    sure: 'certain',
    text: 'CAA at {level} has a critical property that is not known, so no CA that does not know it may issue: {records}.',
    applicant: 'Remove the property, or its critical flag (128), if it is not meant.',
    ca: null,
    find: forbids(['unknown-critical-property', 'of-a-later-version']),
  },
  'caa-lookup-failed': {
    looksFor: 'a CAA lookup without a usable answer, for a reason that no DNS cause above explains',
    sure: 'certain',
    text: 'The CAA records of {target} could not be looked up. This is not permission: a record that forbids may exist.',
    applicant:
      'Make every name server, also those of the parent domains, answer CAA queries (type 257) with NOERROR or NXDOMAIN; old servers and firewalls drop or refuse unknown types.',
    ca: `A failure may count as permission only as ${cite('caa')} allows; see allow_lookup_failure in docs/api.md.`,
    find: inEach(lookAtFailure),
  },
} as const satisfies Readonly<Record<string, Rule>>;
