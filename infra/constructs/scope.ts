import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Deployment } from '../config/deployment.ts';

/** What every part of a stack is made with. */
export interface PartProps {
  readonly deployment: Deployment;
  /** Null: encrypted with keys that AWS owns. */
  readonly key: IKey | null;
  /** Where the alarms of this region go. */
  readonly alarmTopic: ITopic;
}
