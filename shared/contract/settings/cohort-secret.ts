import * as z from 'zod';

const MIN_CHARACTERS = 16;
const MAX_CHARACTERS = 256;
const MAX_SECRETS = 8;

const secret = z
  .string()
  .min(MIN_CHARACTERS, `must have at least ${MIN_CHARACTERS} characters`)
  .max(MAX_CHARACTERS);

/** Several secrets, each from a moment on: every process that has read them changes over at that moment. */
const planned = z.strictObject({
  secrets: z
    .array(z.strictObject({ from: z.iso.datetime(), secret }))
    .min(1)
    .max(MAX_SECRETS),
});

/** The text of `MPIC_COHORT_SECRET`: one secret, or a JSON object of several with the moments from which they hold. */
export const cohortSecretSchema = z.string().transform((text, context) => {
  const parsed = isPlan(text) ? planned.safeParse(parseJson(text)) : secret.safeParse(text);
  if (parsed.success) return text;
  for (const { message, path } of parsed.error.issues)
    context.addIssue(path.length === 0 ? message : `${path.join('.')}: ${message}`);
  return z.NEVER;
});

/**
 * The secret that holds at `now`, Unix milliseconds: of several the one whose moment came last, or the earliest where none has
 * come. The text is one that {@link cohortSecretSchema} takes.
 */
export function cohortSecretAt(text: string, now: number): string {
  if (!isPlan(text)) return text;
  const { secrets } = planned.parse(parseJson(text));
  const inOrder = secrets
    .map(({ from, secret: value }) => ({ from: Date.parse(from), value }))
    .sort((one, other) => one.from - other.from);
  const holding = inOrder.filter(({ from }) => from <= now).at(-1) ?? inOrder[0];
  if (holding === undefined) throw new Error('there is no cohort secret');
  return holding.value;
}

function isPlan(text: string): boolean {
  return text.startsWith('{');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
