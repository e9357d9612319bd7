import * as z from 'zod';

const settingsSchema = z.object({
  AWS_REGION: z.string().min(1),
  AWS_LAMBDA_FUNCTION_NAME: z.string().default('local'),
  AWS_LAMBDA_FUNCTION_VERSION: z.string().default('$LATEST'),
  AWS_LAMBDA_LOG_STREAM_NAME: z.string().default('local'),
  MPIC_VERSION: z.string().min(1),
  MPIC_COHORT_SECRET_ID: z.string().min(1),
  MPIC_AUDIT_BUCKET: z.string().min(3).optional(),
  MPIC_CALLERS: z
    .string()
    .default('{}')
    .transform((text, context) => {
      const parsed = z.record(z.string(), z.string().min(1)).safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      context.addIssue('must be a JSON object of names by API key id');
      return z.NEVER;
    }),
});

/** What a function of the home region is told besides the settings that every process of the service has. */
export interface FunctionSettings {
  readonly region: string;
  readonly function: string;
  /** The published version of the function. */
  readonly functionVersion: string;
  /** Names this environment in the evidence. */
  readonly instance: string;
  readonly version: string;
  /** Where the key of the choice of perspectives is kept. */
  readonly cohortSecretId: string;
  readonly auditBucket: string | null;
  /** Names of callers by the id of their API key. */
  readonly callers: ReadonlyMap<string, string>;
  /** The rest of the environment, for the settings of the service itself. */
  readonly service: NodeJS.ProcessEnv;
}

/** Read the environment of a function. Throws, naming every variable that is missing or wrong. */
export function readFunctionSettings(environment: NodeJS.ProcessEnv): FunctionSettings {
  const parsed = settingsSchema.safeParse(environment);
  if (!parsed.success) throw new Error(`the function cannot start: ${z.prettifyError(parsed.error)}`);
  const given = parsed.data;
  return {
    region: given.AWS_REGION,
    function: given.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: given.AWS_LAMBDA_FUNCTION_VERSION,
    instance: given.AWS_LAMBDA_LOG_STREAM_NAME,
    version: given.MPIC_VERSION,
    cohortSecretId: given.MPIC_COHORT_SECRET_ID,
    auditBucket: given.MPIC_AUDIT_BUCKET ?? null,
    callers: new Map(Object.entries(given.MPIC_CALLERS)),
    service: Object.fromEntries(
      Object.entries(environment).filter(([name]) => !(name in settingsSchema.shape)),
    ),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
