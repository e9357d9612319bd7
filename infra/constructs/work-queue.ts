import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type DeadLetterQueue,
  Queue,
  QueueEncryption,
  type QueueProps,
  RedrivePermission,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_RECEIVE_COUNT } from '../../shared/ports/queues.ts';
import { raiseAlarm } from './alarm.ts';
import type { PartProps } from './scope.ts';

/** The longest that SQS keeps a message. */
const LONGEST = Duration.days(14);

export interface WorkQueueProps extends PartProps {
  readonly queueName: string;
  /** What it is called in the name of its alarm. */
  readonly what: string;
  /** Longest time a consumer may take; a message comes again only after that. */
  readonly consumerTimeout: Duration;
  /** How long a message is of any use to anybody. */
  readonly retention: Duration;
  /** Deliveries before a message is set aside. */
  readonly maxReceives?: number;
}

/** A queue with its dead-letter queue and the alarm on that, reachable over TLS only. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const { queueName, key, deployment, maxReceives = MAX_RECEIVE_COUNT } = props;
    const common: QueueProps = {
      enforceSSL: true,
      ...(key === null
        ? { encryption: QueueEncryption.SQS_MANAGED }
        : { encryption: QueueEncryption.KMS, encryptionMasterKey: key, dataKeyReuse: Duration.hours(1) }),
    };
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...common,
      queueName: deployment.names.deadLetters(queueName),
      retentionPeriod: LONGEST,
    });
    const deadLetterQueue: DeadLetterQueue = { queue: this.deadLetters, maxReceiveCount: maxReceives };
    this.queue = new Queue(this, 'Queue', {
      ...common,
      queueName,
      visibilityTimeout: props.consumerTimeout.plus(Duration.seconds(5)),
      retentionPeriod: props.retention,
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue,
      redriveAllowPolicy: { redrivePermission: RedrivePermission.DENY_ALL },
    });
    raiseAlarm(this, 'DeadLettersAlarm', props, {
      name: `dead-letters-${props.what}`,
      runbook: 'dead-letters',
      says: `A message of ${queueName} failed ${maxReceives} times and waits in ${deployment.names.deadLetters(queueName)}.`,
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'max',
      }),
      threshold: 1,
    });
  }

  /** Seconds that the oldest message has waited. */
  metricAge(): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'max' });
  }
}
