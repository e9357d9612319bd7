import type { Deployment } from '../../../infra/config/deployment.ts';
import type { Inputs } from './inputs.ts';

const DAYS_PER_MONTH = 365 / 12;

/**
 * What a deployment's own configuration says of the inputs. Perspectives that run as workers cost what their hosts cost,
 * which nobody here knows; they are counted as functions.
 */
export function inputsOf(deployment: Deployment): Partial<Inputs> {
  const { functions, retention, warmers } = deployment;
  return {
    home: deployment.home_region,
    regions: deployment.perspectives.map(({ region }) => region),
    apiMemoryMb: functions.api_memory_mb,
    decisionMemoryMb: functions.decision_memory_mb,
    perspectiveMemoryMb: functions.perspective_memory_mb,
    provisionedApi: functions.provisioned_api,
    provisionedPerspective: functions.provisioned_perspective,
    provisionedPollers: functions.provisioned_pollers,
    warmInstances: warmers.instances,
    warmMinutes: warmers.every_minutes,
    auditMonths: retention.audit_days / DAYS_PER_MONTH,
    logMonths: retention.log_days / DAYS_PER_MONTH,
    archiveMonths: retention.event_archive_days / DAYS_PER_MONTH,
    customerKeys: deployment.encryption === 'customer-managed' ? 1 : 0,
  };
}
