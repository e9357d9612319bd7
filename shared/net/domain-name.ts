import { toALabels } from './idna.ts';
import { nameCharacter, quoteInput } from './quote.ts';

/** RFC 1035 section 2.3.4, as text without the final dot. */
export const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/** More than any name that fits has, in any script; longer input is refused unread. */
const MAX_INPUT_LENGTH = 1024;

export const NAME_PROBLEMS = [
  'empty-name',
  'name-too-long',
  'empty-label',
  'label-too-long',
  'forbidden-character',
  'misplaced-hyphen',
  'reserved-label',
  'numeric-top-level-label',
  'single-label',
  'invalid-a-label',
  'invalid-u-label',
] as const;
export type NameProblem = (typeof NAME_PROBLEMS)[number];

export type DomainNameResult =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly code: NameProblem; readonly message: string };

interface Problem {
  readonly code: NameProblem;
  /** What is wrong and what to do, to be read after "… is not a domain name: ". */
  readonly advice: string;
}

/**
 * Bring a fully-qualified domain name into the one form the service uses: lower-case A-labels, no final dot.
 *
 * LDH labels or valid A-labels only (TLS BR v2.2.6 section 1.6.1, RFC 5890 section 2.3), labels of 1 to 63 octets, 253
 * octets in all (RFC 1035 section 2.3.4), at least two labels. One final dot is taken off, nothing else is trimmed.
 * A last label that is a number makes the name look like an IPv4 address to many readers (`127.1`, `0x7f.1`), some of
 * which would connect to that address, so such names are refused.
 */
export function normaliseDomainName(text: string): DomainNameResult {
  const result = toLdhName(text.endsWith('.') ? text.slice(0, -1) : text);
  if (typeof result === 'string') return { ok: true, name: result };
  return {
    ok: false,
    code: result.code,
    message: `${quoteInput(text)} is not a domain name: ${result.advice}`,
  };
}

function toLdhName(text: string): string | Problem {
  if (text.length > MAX_INPUT_LENGTH) return tooLong(`more than ${MAX_INPUT_LENGTH}`);
  if (!/^\p{ASCII}*$/u.test(text)) return idnaName(text);

  const name = text.toLowerCase();
  const problem = findLdhProblem(name);
  if (problem !== null) return problem;
  return /(?:^|\.)xn--/.test(name) ? idnaName(name) : name;
}

function idnaName(text: string): string | Problem {
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

/** The first thing that keeps lower-case `name` from being a name of LDH labels. Labels after `xn--` are not decoded. */
function findLdhProblem(name: string): Problem | null {
  if (name === '') return { code: 'empty-name', advice: 'it is empty. Send a fully-qualified domain name.' };
  if (name.length > MAX_NAME_LENGTH) return tooLong(`${name.length}`);

  const labels = name.split('.');
  for (const label of labels) {
    const problem = findLabelProblem(label);
    if (problem !== null) return problem;
  }

  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) {
    return {
      code: 'numeric-top-level-label',
      advice:
        'it looks like an IP address. Write an IPv4 address as four decimal numbers without leading zeros, or send a name whose last label is not a number.',
    };
  }
  if (labels.length < 2) {
    return {
      code: 'single-label',
      advice:
        'it has a single label, which nobody can verify to be unique in the public DNS. Send a fully-qualified domain name.',
    };
  }
  return null;
}

function findLabelProblem(label: string): Problem | null {
  if (label === '') return { code: 'empty-label', advice: 'it has an empty label. Remove the extra dot.' };
  const [strange] = /[^a-z0-9-]/.exec(label) ?? [];
  if (strange !== undefined) return forbiddenCharacter(strange);
  if (label.length > MAX_LABEL_LENGTH) {
    return {
      code: 'label-too-long',
      advice: `a label has ${label.length} octets, and the DNS allows ${MAX_LABEL_LENGTH}. Shorten it.`,
    };
  }
  if (label.startsWith('-') || label.endsWith('-')) {
    return {
      code: 'misplaced-hyphen',
      advice: `the label ${quoteInput(label)} begins or ends with a hyphen. Remove it.`,
    };
  }
  if (label.startsWith('--', 2) && !label.startsWith('xn--')) {
    return {
      code: 'reserved-label',
      advice: `the label ${quoteInput(label)} has hyphens in third and fourth place, which only A-labels may have (RFC 5890 section 2.3.1). Use another label.`,
    };
  }
  return null;
}

const HINTS: Readonly<Record<string, string>> = {
  _: 'Send the name that the certificate will hold; the service adds labels such as "_acme-challenge" itself.',
  '*': 'Only a leading "*." may hold an asterisk.',
  ':': 'Send the host name alone, without scheme or port.',
  '/': 'Send the host name alone, without scheme or path.',
  '@': 'Send the domain part alone.',
  ' ': 'Remove white space.',
  '%': 'Remove percent-encoding and zone indexes.',
};

function forbiddenCharacter(character: string): Problem {
  const hint =
    HINTS[character] ?? 'Use letters, digits and hyphens, or the letters and marks that IDNA2008 permits.';
  return {
    code: 'forbidden-character',
    advice: `it contains ${quoteInput(character)} (${nameCharacter(character)}) where that is not allowed. ${hint}`,
  };
}

function tooLong(length: string): Problem {
  return {
    code: 'name-too-long',
    advice: `it has ${length} characters, and the DNS allows ${MAX_NAME_LENGTH}. Shorten it.`,
  };
}
