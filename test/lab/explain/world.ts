import type { Check, Policy } from '../../../shared/domain/check/check.ts';
import type { Cause } from '../../../shared/domain/explain/rules/explanation.ts';
import type { BaselineReason } from '../../../shared/domain/mpic/decision.ts';
import type { Resolver } from '../../../shared/ports/resolver.ts';
import type { LabScript } from '../dns/lab-script.ts';
import type { WebServerOptions } from '../web/web-server.ts';

/** What one perspective can reach: plain data for servers on loopback. */
export interface Sight {
  /** Records, one a line, as `parseZoneText` reads them. */
  readonly zone?: string;
  readonly scripts?: readonly LabScript[];
  /** The server at port 80, and the one at port 443; `closed`: nothing listens. */
  readonly http?: WebServerOptions | 'closed';
  readonly https?: WebServerOptions | 'closed';
  /** Servers at the same ports of ::1. */
  readonly httpOverIpv6?: WebServerOptions;
  readonly httpsOverIpv6?: WebServerOptions;
  /** Packets of connection attempts get no response. */
  readonly dropsConnections?: boolean;
  /** In place of the name server. */
  readonly resolver?: Resolver;
  /** Time of the check, milliseconds; default {@link BUDGET_MS}. */
  readonly budgetMs?: number;
  /** How much later than the others this perspective looks, milliseconds. */
  readonly laterMs?: number;
  /** What it stores in place of a result: nothing, or something unreadable. */
  readonly stores?: 'nothing' | 'garbage';
}

/** Long enough for a busy machine; servers that do not respond have a shorter one. */
export const BUDGET_MS = 20_000;
export const SHORT_BUDGET_MS = 700;

/** Codes of perspectives by their RIR regions, as in a service without a configuration file. */
export const REGIONS = {
  arin: ['us-east-1', 'us-west-2'],
  ripe: ['eu-west-1', 'eu-central-1'],
  apnic: ['ap-northeast-1'],
  lacnic: ['sa-east-1'],
} as const;

/** Perspectives in a mix of regions, by number. */
export const SOME = {
  one: ['ap-northeast-1'],
  two: ['us-east-1', 'sa-east-1'],
  four: ['us-east-1', 'eu-west-1', 'ap-northeast-1', 'sa-east-1'],
} as const;

/** A world whose cause is known. */
export interface ExplainWorld {
  readonly cause: Cause;
  readonly name: string;
  readonly check: Check;
  readonly policy?: Policy;
  /** What every perspective sees that is not in `others`. */
  readonly sight: Sight;
  readonly others?: readonly (readonly [codes: readonly string[], sight: Sight])[];
  /** What the perspectives saw in the attempt before. */
  readonly before?: Sight;
  /** Reasons of a verdict that is not valid although enough perspectives pass. */
  readonly reasons?: readonly BaselineReason[];
  /** Unix milliseconds of the check; default: today. */
  readonly now?: number;
}

export const SILENT: Sight = { stores: 'nothing' };
