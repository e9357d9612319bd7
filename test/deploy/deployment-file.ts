import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Deployment, readDeployment } from '../../infra/config/deployment.ts';
import type { DeploymentFile } from '../../shared/contract/deployment/deployment-file.ts';
import type { LabServer } from '../lab/dns/dns-server.ts';
import type { WorkFolder } from './work-folder.ts';
import { CA_DOMAIN, PERMITTED } from './zone.ts';

/** A deployment, and the file that it was read from. */
export interface PlannedDeployment {
  readonly deployment: Deployment;
  readonly path: string;
}

/** The account of whoever asks the emulator. */
const ACCOUNT = '000000000000';
const HOME_REGION = 'eu-west-1';
/** Nothing else in the emulator is called so, the CDK's own things included: what is left can be told by it. */
const NAME = 'mpic-check';
export const CALLERS = ['issuance', 'verify'] as const;

/** Short, since some checks wait for them; a second try of the DNS has its place. */
const LIMITS = { check_timeout_ms: 4_000, request_timeout_ms: 15_000, dns_timeout_ms: 1_000 };

/**
 * Write the file of a deployment to the emulator: one that can be taken away, with zips, since the emulator runs no
 * containers, and without what it does not know. All else is as an operator would have it.
 */
export async function planDeployment(
  folder: WorkFolder,
  resolvers: ReadonlyMap<string, LabServer>,
  lingerMs: number,
): Promise<PlannedDeployment> {
  const file: Partial<Record<keyof DeploymentFile, unknown>> = {
    account: ACCOUNT,
    name: NAME,
    home_region: HOME_REGION,
    caa_domains: [CA_DOMAIN],
    primary: { name: 'head office', latitude: 19.076, longitude: 72.8777 },
    packaging: 'zip',
    control_name: PERMITTED,
    perspectives: [...resolvers].map(([region, { address, port }]) => ({
      region,
      resolver: `${address}:${port}`,
    })),
    limits: { ...LIMITS, linger_ms: lingerMs },
    functions: { log_level: 'debug' },
    api: { callers: CALLERS },
    retention: { data: 'destroy', audit_lock: 'none', event_archive_days: 0 },
    alarm_email: 'oncall@ca.example',
    deployment: { shift: 'all-at-once' },
  };
  const path = join(folder.path, 'mpic.config.json');
  await writeFile(path, JSON.stringify(file, null, 2));
  return { path, deployment: readDeployment(path, new Date()) };
}
