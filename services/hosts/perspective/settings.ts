import * as z from 'zod';
import { networkListSetting } from '../../../shared/contract/settings/network-list.ts';
import type { IpNetwork } from '../../../shared/domain/net/ip-network.ts';

const settingsSchema = z.object({
  MPIC_PERSPECTIVE: z.string().min(1),
  MPIC_HOME_REGION: z.string().min(1),
  MPIC_RESULTS_TABLE: z.string().min(1),
  MPIC_WAKE_QUEUE: z.url(),
  MPIC_RESOLVER: z.string().min(1).default('unbound'),
  MPIC_CONTROL_NAME: z
    .string()
    .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/, 'must be a domain name of at least two labels')
    .default('iana.org'),
  MPIC_UNBOUND_PATCHED: z.string().min(1).optional(),
  MPIC_DENY_NETWORKS: networkListSetting.default([]),
  MPIC_CHECK_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(10_000),
  MPIC_DNS_TIMEOUT_MS: z.coerce.number().int().min(50).max(30_000).default(2_500),
  MPIC_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  MPIC_VERSION: z.string().min(1),
  AWS_LAMBDA_LOG_STREAM_NAME: z.string().default('local'),
});

/** What a perspective's function is told by its environment. */
export interface PerspectiveSettings {
  readonly perspective: string;
  /** Where the results table and the queue of wake-ups are. */
  readonly homeRegion: string;
  readonly resultsTable: string;
  readonly wakeQueue: string;
  /** `unbound`, `system`, or address:port. */
  readonly resolver: string;
  readonly controlName: string;
  /** Release of unbound that the operator declares to be repaired, see {@link findUnboundProblem}. */
  readonly unboundPatched: string | null;
  /** More networks that no check may reach. */
  readonly denyNetworks: readonly IpNetwork[];
  readonly checkTimeoutMs: number;
  readonly dnsTimeoutMs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly version: string;
  /** Names this instance of the function in the evidence. */
  readonly instance: string;
}

/** Read the environment of a perspective's function. Throws, naming every variable that is missing or wrong. */
export function readPerspectiveSettings(environment: NodeJS.ProcessEnv): PerspectiveSettings {
  const parsed = settingsSchema.safeParse(environment);
  if (!parsed.success) throw new Error(`perspective cannot start: ${z.prettifyError(parsed.error)}`);
  const given = parsed.data;
  return {
    perspective: given.MPIC_PERSPECTIVE,
    homeRegion: given.MPIC_HOME_REGION,
    resultsTable: given.MPIC_RESULTS_TABLE,
    wakeQueue: given.MPIC_WAKE_QUEUE,
    resolver: given.MPIC_RESOLVER,
    controlName: given.MPIC_CONTROL_NAME,
    unboundPatched: given.MPIC_UNBOUND_PATCHED ?? null,
    denyNetworks: given.MPIC_DENY_NETWORKS,
    checkTimeoutMs: given.MPIC_CHECK_TIMEOUT_MS,
    dnsTimeoutMs: given.MPIC_DNS_TIMEOUT_MS,
    logLevel: given.MPIC_LOG_LEVEL,
    version: given.MPIC_VERSION,
    instance: given.AWS_LAMBDA_LOG_STREAM_NAME,
  };
}
