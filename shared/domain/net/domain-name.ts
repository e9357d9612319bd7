import { toALabels } from './idna.ts';
import {
  type DomainNameResult,
  findLdhProblem,
  forbiddenCharacter,
  type NameFinding,
  refuseName,
  tooLong,
} from './ldh-name.ts';
import { quoteInput } from './quote.ts';

/** Longer than any valid name in any script; longer input is rejected unread. */
const MAX_INPUT_LENGTH = 1024;

/**
 * Normalise a fully-qualified domain name to lower-case A-labels without a final dot, the form the service uses.
 *
 * LDH labels or valid A-labels only (TLS BR 1.6.1 [definitions], RFC 5890 section 2.3), labels of 1 to 63 octets, 253
 * octets in all (RFC 1035 section 2.3.4), at least two labels. One final dot is removed, nothing else is trimmed. Many
 * parsers read a name with a numeric last label as an IPv4 address (`127.1`, `0x7f.1`) and would connect to that
 * address, so such names are rejected.
 */
export function normaliseDomainName(text: string): DomainNameResult {
  const result = toLdhName(text.endsWith('.') ? text.slice(0, -1) : text);
  return typeof result === 'string' ? { ok: true, name: result } : refuseName(text, result);
}

function toLdhName(text: string): string | NameFinding {
  if (text.length > MAX_INPUT_LENGTH) return tooLong(`more than ${MAX_INPUT_LENGTH}`);
  if (!/^\p{ASCII}*$/u.test(text)) return idnaName(text);

  const name = text.toLowerCase();
  const problem = findLdhProblem(name);
  if (problem !== null) return problem;
  return /(?:^|\.)xn--/.test(name) ? idnaName(name) : name;
}

function idnaName(text: string): string | NameFinding {
  const result = toALabels(text);
  if (result.ok) return findLdhProblem(result.name) ?? result.name;
  switch (result.reason) {
    case 'forbidden-character':
      return forbiddenCharacter(result.character);
    case 'invalid-a-label':
      return {
        code: 'invalid-a-label',
        advice: `the label ${quoteInput(result.label)} is not the A-label of any IDNA2008 label. Encode the Unicode label again (RFC 5891).`,
      };
    case 'invalid-u-label':
      return {
        code: 'invalid-u-label',
        advice:
          'a label breaks the rules of IDNA2008 for hyphens, joiners, combining marks or right-to-left text (RFC 5891 section 4.2). Send the name as registered, in A-labels.',
      };
  }
}
