import { LOOKUP_FAILURES, type LookupFailureReason } from '../dns/lookup.ts';

/** A `dcv_checker:lookup` message in the form of the Open MPIC reference: an exception name, then its text. */
export interface LookupText {
  readonly name: string;
  readonly text: string;
}

const FORM =
  /^There was an error looking up the DCV record\. Error type: ([\w-]{1,64}), Error message: (.*)$/s;
const FAILURE = /^(\w{1,10}) at (\S+) \(([a-z-]{1,30})\): (.*)$/s;

export function formatLookupText({ name, text }: LookupText): string {
  return `There was an error looking up the DCV record. Error type: ${name}, Error message: ${text}`;
}

/** Null for a message of another form, such as one of a later version or of a compromised perspective. */
export function parseLookupText(message: string): LookupText | null {
  const [, name, text] = FORM.exec(message) ?? [];
  return name === undefined || text === undefined ? null : { name, text };
}

/** The text of a lookup that got no usable response. */
export interface FailureText {
  readonly type: string;
  readonly name: string;
  readonly reason: LookupFailureReason;
  readonly message: string;
}

export function formatFailureText({ type, name, reason, message }: FailureText): string {
  return `${type} at ${name} (${reason}): ${message}`;
}

export function parseFailureText(text: string): FailureText | null {
  const [, type, name, given, message] = FAILURE.exec(text) ?? [];
  const reason = LOOKUP_FAILURES.find((one) => one === given);
  if (type === undefined || name === undefined || message === undefined || reason === undefined) return null;
  return { type, name, reason, message };
}
