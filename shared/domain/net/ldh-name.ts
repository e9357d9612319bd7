import { MAX_NAME_LENGTH } from '../check/check.ts';
import { nameCharacter, quoteInput } from './quote.ts';

/** RFC 1035 section 2.3.4. */
const MAX_LABEL_LENGTH = 63;

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

/** Why a text is not a domain name. */
export interface NameFinding {
  readonly code: NameProblem;
  /** What is wrong and what to do; the message puts "… is not a domain name: " before it. */
  readonly advice: string;
}

/**
 * Normalise a name of LDH labels to lower case without a final dot, the form the service uses. Labels after `xn--` are
 * not decoded, so use this only for names that are looked up; for names in certificates use `normaliseDomainName`.
 */
export function normaliseLdhName(text: string): DomainNameResult {
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).replace(/[A-Z]/g, (letter) =>
    letter.toLowerCase(),
  );
  const finding = findLdhProblem(name);
  return finding === null ? { ok: true, name } : refuseName(text, finding);
}

export function refuseName(text: string, { code, advice }: NameFinding): DomainNameResult {
  return { ok: false, code, message: `${quoteInput(text)} is not a domain name: ${advice}` };
}

/**
 * The first reason why lower-case `name` is not a name of LDH labels; null if it is one. Labels after `xn--` are not
 * decoded.
 */
export function findLdhProblem(name: string): NameFinding | null {
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

function findLabelProblem(label: string): NameFinding | null {
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

export function forbiddenCharacter(character: string): NameFinding {
  const hint =
    HINTS[character] ?? 'Use letters, digits and hyphens, or the letters and marks that IDNA2008 permits.';
  return {
    code: 'forbidden-character',
    advice: `it contains ${quoteInput(character)} (${nameCharacter(character)}) where that is not allowed. ${hint}`,
  };
}

export function tooLong(length: string): NameFinding {
  return {
    code: 'name-too-long',
    advice: `it has ${length} characters, and the DNS allows ${MAX_NAME_LENGTH}. Shorten it.`,
  };
}
