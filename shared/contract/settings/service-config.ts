import type { Policy } from '../../domain/check/check.ts';
import type { IpNetwork } from '../../domain/net/ip-network.ts';
import type { CallerKey } from './api-keys.ts';
import type { ConfiguredPerspective, Primary } from './perspective-file.ts';

/** How far publications may be behind before no more verdicts are given. */
export interface PublicationLimits {
  /** Verdicts that may wait for their audit records or events at the same time. */
  readonly maxUnpublished: number;
  /** How long one may wait for them, milliseconds. */
  readonly maxUnpublishedMs: number;
}

export type Backend = 'embedded' | 'emulated' | 'aws';

/** Everything a process needs to know, checked. */
export interface ServiceConfig {
  readonly backend: Backend;
  readonly host: string;
  readonly port: number;
  /** Null: nothing is kept. */
  readonly dataDir: string | null;
  /** Days for which requests and results are kept, on the embedded backend. */
  readonly retentionDays: number;
  /** Free space of the data folder, MiB, below which no request is taken; 0: not looked at. */
  readonly minFreeMb: number;
  /** As configured when the process started; empty: no key is asked for. */
  readonly apiKeys: readonly CallerKey[];
  /** Where the keys are read again on SIGHUP; null: they came from the environment, or there are none. */
  readonly apiKeysFile: string | null;
  readonly policy: Policy;
  readonly perspectives: readonly ConfiguredPerspective[];
  readonly primary: Primary | null;
  readonly defaultPerspectiveCount: number;
  readonly maxAttempts: number;
  readonly caaDomains: readonly string[];
  readonly caaLabelsIgnoreCase: boolean;
  /** Null: to be kept in the data folder. */
  readonly cohortSecret: string | null;
  /** Null: nobody said, see `planResolvers`. */
  readonly resolver: string | null;
  /** Release of an old unbound that the operator declares to be repaired. */
  readonly unboundPatched: string | null;
  /** Files for unbound. Null: IANA's. */
  readonly rootHints: string | null;
  readonly trustAnchor: string | null;
  readonly controlName: string;
  /** Exempt from the network guard, for labs. Never on aws. */
  readonly allowNetworks: readonly IpNetwork[];
  /** More networks that no check may reach. */
  readonly denyNetworks: readonly IpNetwork[];
  /** Ports in {@link allowNetworks} that stand for 80 and 443. */
  readonly labPorts: { readonly 80?: number; readonly 443?: number };
  readonly checkTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly lingerMs: number;
  readonly dnsTimeoutMs: number;
  readonly maxRunning: number;
  /** Of one caller; null: by their number. */
  readonly maxRunningPerCaller: number | null;
  readonly publication: PublicationLimits;
  readonly log: 'pretty' | 'json' | null;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly aws: {
    readonly roles: readonly string[];
    readonly requestsTable: string;
    readonly resultsTable: string;
    readonly deadlineQueue: string | null;
    readonly wakeQueue: string | null;
    readonly eventBus: string;
  };
}
