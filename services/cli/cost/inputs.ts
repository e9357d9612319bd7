import { BUILT_IN_PERSPECTIVES } from '../../../shared/contract/settings/perspective-file.ts';
import { cite } from '../../../shared/domain/rules/citation.ts';

/** One number of the estimate: what it means and what it is taken for unless somebody knows better. */
interface InputFacts {
  readonly value: number;
  readonly unit: string;
  readonly meaning: string;
  /** Largest value that makes sense; left out, any. */
  readonly most?: number;
  /** Smallest value, 0 when left out. */
  readonly least?: number;
}

/** All sizes and counts are of one request over one attempt, unless their meaning says otherwise. */
export const INPUTS = {
  requestsPerMonth: { value: 1_000_000, unit: '', meaning: 'requests in a month' },
  asyncShare: { value: 0.2, unit: '', meaning: 'share of asynchronous requests', most: 1 },
  pollsPerAsync: { value: 1, unit: '', meaning: 'GET /mpic/<id> for each asynchronous request' },
  checkMs: {
    value: 500,
    unit: 'ms',
    meaning: 'a check in its function, storing the result included (assumed)',
  },
  waitMs: {
    value: 400,
    unit: 'ms',
    meaning: 'what the API function lives longer: queue, way, linger (assumed)',
  },
  decisionMs: { value: 100, unit: 'ms', meaning: 'one decision message in its function (assumed)' },
  apiMemoryMb: { value: 512, unit: 'MB', meaning: 'memory of the API function' },
  decisionMemoryMb: { value: 512, unit: 'MB', meaning: 'memory of the decision function' },
  perspectiveMemoryMb: { value: 512, unit: 'MB', meaning: 'memory of a perspective function' },
  requestItemKb: {
    value: 4,
    unit: 'KB',
    meaning: 'stored request once decided, with what its verdict rests on (measured: 3.2)',
  },
  resultItemKb: { value: 1.5, unit: 'KB', meaning: 'stored result (measured: 1.0 for CAA, more for HTTP)' },
  jobKb: { value: 1, unit: 'KB', meaning: 'job message (measured: 0.9)' },
  messageKb: { value: 0.5, unit: 'KB', meaning: 'decision message (measured: 0.3)' },
  eventKb: { value: 2, unit: 'KB', meaning: 'completion event (measured: 1.5)' },
  auditKb: { value: 10, unit: 'KB', meaning: 'audit records (measured: 8.1)' },
  responseKb: { value: 8, unit: 'KB', meaning: 'answer to the client, with its headers' },
  callKb: { value: 2, unit: 'KB', meaning: 'headers of a call to another region, each way (assumed)' },
  lookupKb: { value: 4, unit: 'KB', meaning: 'sent to the Internet by a check (assumed)' },
  logKb: { value: 1, unit: 'KB', meaning: 'log of one invocation (assumed)' },
  auditObjects: { value: 1, unit: '', meaning: 'audit objects written' },
  pollers: { value: 5, unit: '', meaning: 'long polls of an event source that are open at a time' },
  pollSeconds: { value: 20, unit: 's', meaning: 'length of a long poll that brings nothing', least: 1 },
  warmMinutes: { value: 5, unit: 'min', meaning: 'time between two warmings', least: 1 },
  warmInstances: { value: 1, unit: '', meaning: 'environments of each function kept warm; 0: no warmers' },
  warmMs: { value: 20, unit: 'ms', meaning: 'one warming in its function (assumed)' },
  provisionedApi: { value: 0, unit: '', meaning: 'provisioned environments of the API function' },
  provisionedPerspective: { value: 0, unit: '', meaning: 'provisioned environments of each perspective' },
  provisionedPollers: { value: 0, unit: '', meaning: 'provisioned pollers of each job queue' },
  alarmsHome: { value: 11, unit: '', meaning: 'alarms in the home region' },
  alarmsPerPerspective: { value: 5, unit: '', meaning: 'alarms for each perspective' },
  metricsHome: { value: 6, unit: '', meaning: 'custom metrics in the home region' },
  metricsPerPerspective: { value: 2, unit: '', meaning: 'custom metrics for each perspective' },
  dashboards: { value: 1, unit: '', meaning: 'dashboards' },
  secretReads: {
    value: 2000,
    unit: '',
    meaning: 'reads of the cohort secret in a month: one for each cold start',
  },
  imageGb: { value: 0.15, unit: 'GB', meaning: 'perspective image, once in each region (assumed)' },
  recordMonths: {
    value: 24,
    unit: 'months',
    meaning: 'how long such traffic has been stored: requests are kept',
  },
  auditMonths: {
    value: 24,
    unit: 'months',
    meaning: `audit objects are kept (${cite('records-retention')}: two years)`,
  },
  logMonths: { value: 3, unit: 'months', meaning: 'logs are kept' },
  archiveMonths: { value: 1, unit: 'months', meaning: 'events are kept in the archive' },
  customerKeys: { value: 0, unit: '', meaning: '1: customer-managed keys, one in each region', most: 1 },
  keyRequests: { value: 10, unit: '', meaning: 'KMS requests with customer-managed keys (assumed)' },
} as const satisfies Readonly<Record<string, InputFacts>>;

export type InputName = keyof typeof INPUTS;

export interface Inputs extends Readonly<Record<InputName, number>> {
  /** Where API, decision and tables are. */
  readonly home: string;
  /** Where the perspectives are, one each; the home region may be among them. */
  readonly regions: readonly string[];
}

export const INPUT_NAMES = Object.keys(INPUTS) as readonly InputName[];

/** The six of a service without a perspective file. */
export const DEFAULT_INPUTS: Inputs = {
  ...(Object.fromEntries(INPUT_NAMES.map((name) => [name, INPUTS[name].value])) as Record<InputName, number>),
  home: 'us-east-1',
  regions: BUILT_IN_PERSPECTIVES.perspectives.map(({ code }) => code),
};

/** The bounds of an input, most of which are only "not negative". */
export function boundsOf(name: InputName): { readonly least: number; readonly most: number } {
  const facts: InputFacts = INPUTS[name];
  return { least: facts.least ?? 0, most: facts.most ?? Number.MAX_SAFE_INTEGER };
}
