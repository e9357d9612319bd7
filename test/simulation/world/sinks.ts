import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { AuditRecord } from '../../../shared/contract/audit/audit-schema.ts';
import type { RequestCompletedEvent } from '../../../shared/contract/messages/request-completed.ts';
import type { VirtualTime } from '../../support/virtual-clock.ts';
import type { Answer, Network } from './network.ts';
import type { SimProcess } from './process.ts';

/** An object of the audit bucket. */
export interface AuditObject {
  readonly at: number;
  readonly key: string;
  readonly records: readonly AuditRecord[];
}

/** A bucket that keeps the first object under each name. */
export class SimBucket {
  readonly objects = new Map<string, AuditObject>();
  /** Names that were written a second time. */
  readonly overwritten: string[] = [];
  readonly #time: VirtualTime;
  readonly #network: Network;

  constructor(time: VirtualTime, network: Network) {
    this.#time = time;
    this.#network = network;
  }

  connect(process: SimProcess): S3Client {
    const send = async (command: unknown) => {
      if (!(command instanceof PutObjectCommand))
        throw new Error('the simulated S3 does not know this command');
      const { Key = '', Body, IfNoneMatch } = command.input;
      const site = { dependency: 'audit', operation: 'PutObject', about: Key };
      return this.#network.call(process, site, (): Answer<unknown> => {
        if (this.objects.has(Key)) {
          if (IfNoneMatch === '*') return { refuse: preconditionFailed };
          this.overwritten.push(Key);
        }
        this.objects.set(Key, { at: this.#time.elapsed, key: Key, records: parseLines(String(Body)) });
        return { value: {} };
      });
    };
    return { send } as unknown as S3Client;
  }
}

function parseLines(text: string): readonly AuditRecord[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditRecord);
}

function preconditionFailed(tries: number): Error {
  return new S3ServiceException({
    name: 'PreconditionFailed',
    $fault: 'client',
    message: 'At least one of the pre-conditions you specified did not hold',
    $metadata: { httpStatusCode: 412, attempts: tries },
  });
}

export interface PublishedEvent {
  readonly at: number;
  readonly event: RequestCompletedEvent;
}

/** An event bus and the events sent to it. */
export class SimBus {
  readonly events: PublishedEvent[] = [];
  readonly #time: VirtualTime;
  readonly #network: Network;

  constructor(time: VirtualTime, network: Network) {
    this.#time = time;
    this.#network = network;
  }

  take(event: RequestCompletedEvent): void {
    this.events.push({ at: this.#time.elapsed, event });
  }

  connect(process: SimProcess): EventBridgeClient {
    const send = async (command: unknown) => {
      if (!(command instanceof PutEventsCommand))
        throw new Error('the simulated bus does not know this command');
      const { Entries = [] } = command.input;
      const site = { dependency: 'bus', operation: 'PutEvents', about: '' };
      return this.#network.call(process, site, (fate): Answer<unknown> => {
        if (fate === 'partial')
          return {
            value: {
              FailedEntryCount: Entries.length,
              Entries: Entries.map(() => ({ ErrorCode: 'InternalFailure' })),
            },
          };
        for (const { Detail = '' } of Entries) this.take(JSON.parse(Detail) as RequestCompletedEvent);
        return { value: { FailedEntryCount: 0, Entries: [] } };
      });
    };
    return { send, destroy() {} } as unknown as EventBridgeClient;
  }
}
