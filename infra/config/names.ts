import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';

/** Where something of this deployment is. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/**
 * The physical name of everything that another stack, another region or a person has to find. They follow from the deployment's
 * own name, so no stack has to ask another.
 */
export function createNames(prefix: string) {
  return {
    homeStack: `${prefix}-home`,
    perspectiveStack: (code: PerspectiveCode) => `${prefix}-perspective-${code}`,
    requestsTable: `${prefix}-requests`,
    resultsTable: `${prefix}-results`,
    deadlineQueue: `${prefix}-deadlines`,
    wakeQueue: `${prefix}-wake-ups`,
    jobQueue: (code: PerspectiveCode) => `${prefix}-jobs-${code}`,
    deadLetters: (queue: string) => `${queue}-dead`,
    eventBus: `${prefix}-events`,
    cohortSecret: `${prefix}-cohort-secret`,
    /** Bucket names are shared by all accounts there are. */
    auditBucket: ({ account, region }: Place) => `${prefix}-audit-${account}-${region}`,
    function: (what: string) => `${prefix}-${what}`,
    logGroup: (what: string) => `/aws/lambda/${prefix}-${what}`,
    role: (what: string) => `${prefix}-${what}`,
    alarm: (what: string) => `${prefix}-${what}`,
    dashboard: prefix,
    apiKey: (caller: string) => `${prefix}-${caller}`,
  };
}

export type Names = ReturnType<typeof createNames>;

/** The alias that callers and queues are bound to; a roll-out moves it from one version to the next. */
export const LIVE_ALIAS = 'live';
/** The stage of the API, and the first part of its path. */
export const API_STAGE = 'v1';

/** Outputs of the home stack, as the commands look for them. */
export const OUTPUTS = { url: 'Url' } as const;

export function arnOf(service: string, { account, region }: Place, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

export function queueUrl({ account, region }: Place, name: string): string {
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}
