import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message as SqsMessage,
} from '@aws-sdk/client-sqs';
import type { QueueAddress, SqsClients } from '../../../shared/adapters/aws/clients.ts';
import type { VirtualTime } from '../../support/virtual-clock.ts';
import type { Fault, MessageFate } from '../plan.ts';
import type { Answer, Network } from './network.ts';
import type { SimProcess } from './process.ts';

export interface QueueSettings {
  readonly maxReceives: number;
  readonly visibilityMs: number;
  readonly retentionMs: number;
}

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  readonly sentBy: SimProcess;
  firstReceivedAt: number | null;
  receiveCount: number;
  deleted: boolean;
  /** Incremented with every change of visibility, so that an outdated timer does nothing. */
  turn: number;
}

interface Poll {
  readonly max: number;
  readonly take: (messages: readonly Message[]) => void;
}

const LONGEST_DELAY_MS = 60_000;
const MOST_BYTES = 1024 * 1024;

/** A standard SQS queue: at-least-once delivery, unordered, with a dead-letter queue after `maxReceives`. */
export class SimQueue {
  readonly name: string;
  readonly deadLetters: Message[] = [];
  readonly #settings: QueueSettings;
  readonly #time: VirtualTime;
  readonly #network: Network;
  readonly #faults: readonly Extract<Fault, { kind: 'messages' }>[];
  #visible: Message[] = [];
  #polls: Poll[] = [];
  #sent = 0;
  #isHandingOut = false;
  /** Called when messages are visible and no poll is open, for example for an event source mapping. */
  onVisible: () => void = () => {};
  onSend: (message: Message) => void = () => {};
  onDelete: (message: Message) => void = () => {};

  constructor(
    name: string,
    settings: QueueSettings,
    time: VirtualTime,
    network: Network,
    faults: readonly Fault[],
  ) {
    this.name = name;
    this.#settings = settings;
    this.#time = time;
    this.#network = network;
    this.#faults = faults.filter(
      (fault): fault is Extract<Fault, { kind: 'messages' }> =>
        fault.kind === 'messages' && name.startsWith(fault.queue),
    );
  }

  /** True time of the start, Unix milliseconds. */
  get startsAt(): number {
    return this.#time.startsAt;
  }

  send(body: string, delayMs: number, sentBy: SimProcess): void {
    if (Buffer.byteLength(body) > MOST_BYTES) throw new Error('InvalidMessageContents');
    this.#sent += 1;
    const message: Message = {
      id: `${this.name}-${this.#sent}`,
      body,
      sentAt: this.#time.elapsed,
      sentBy,
      firstReceivedAt: null,
      receiveCount: 0,
      deleted: false,
      turn: 0,
    };
    this.onSend(message);
    const random = this.#network.stream(this.name);
    const late = this.#isMeant('delay') ? random.next() ** 3 * LONGEST_DELAY_MS : 0;
    this.#showAfter(message, delayMs + 2 + random.next() * 15 + late);
  }

  /** Receives up to `max` messages, which are then invisible for the visibility time-out. */
  receive(max: number): readonly Message[] {
    const taken: Message[] = [];
    const now = this.#time.elapsed;
    while (taken.length < max && this.#visible.length > 0) {
      const index = this.#network.stream(this.name).between(0, this.#visible.length - 1);
      const [message] = this.#visible.splice(index, 1);
      if (message === undefined) break;
      if (message.deleted || now - message.sentAt > this.#settings.retentionMs) continue;
      if (message.receiveCount >= this.#settings.maxReceives) {
        this.#network.note('dead-letter');
        this.deadLetters.push(message);
        continue;
      }
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      this.#showAfter(message, this.#settings.visibilityMs);
      taken.push(message);
    }
    return taken;
  }

  /** A long poll: calls `take` at once if there are messages, else when one arrives, or with none after `waitMs`. */
  poll(max: number, waitMs: number, take: (messages: readonly Message[]) => void): void {
    const now = this.receive(max);
    if (now.length > 0 || waitMs <= 0) {
      take(now);
      return;
    }
    const poll: Poll = { max, take };
    this.#polls.push(poll);
    this.#time.schedule(waitMs, () => {
      if (!this.#polls.includes(poll)) return;
      this.#polls = this.#polls.filter((other) => other !== poll);
      take([]);
    });
  }

  delete(message: Message): void {
    this.onDelete(message);
    const random = this.#network.stream(this.name);
    if (this.#isMeant('keep-after-deletion')) return;
    if (this.#isMeant('duplicate')) this.#showAfter(message, random.between(1, 20_000));
    else message.deleted = true;
  }

  /** A poller has room again. */
  wakePoller(): void {
    if (this.#visible.length > 0) this.#handOut();
  }

  changeVisibility(message: Message, afterMs: number): void {
    if (!message.deleted) this.#showAfter(message, afterMs);
  }

  #isMeant(fate: MessageFate): boolean {
    const now = this.#time.elapsed;
    const random = this.#network.stream(`${this.name} messages`);
    const meant = this.#faults.some(
      (fault) => fault.fate === fate && now >= fault.from && now < fault.until && random.chance(fault.share),
    );
    if (meant) this.#network.note(`message-${fate}`);
    return meant;
  }

  #showAfter(message: Message, delayMs: number): void {
    message.turn += 1;
    const { turn } = message;
    this.#time.schedule(delayMs, () => {
      if (message.turn !== turn || message.deleted) return;
      this.#visible.push(message);
      this.#handOut();
    });
  }

  #handOut(): void {
    if (this.#isHandingOut) return;
    this.#isHandingOut = true;
    // A moment later, so that messages that arrive together are received together.
    this.#time.schedule(3, () => {
      this.#isHandingOut = false;
      while (this.#visible.length > 0) {
        const poll = this.#polls.shift();
        if (poll === undefined) break;
        const messages = this.receive(poll.max);
        if (messages.length > 0) poll.take(messages);
        else this.#polls.unshift(poll);
      }
      if (this.#visible.length > 0) this.onVisible();
    });
  }
}

/** The SQS clients of one process. */
export function connectQueues(
  process: SimProcess,
  network: Network,
  queues: ReadonlyMap<string, SimQueue>,
): SqsClients {
  const inHand = new Map<string, Message>();
  const queueOf = (url: string | undefined) => {
    const queue = queues.get(new URL(url ?? '').pathname.slice(1));
    if (queue === undefined) throw new Error(`no queue ${url}`);
    return queue;
  };
  const send = async (command: unknown, options: { readonly requestTimeout?: number } = {}) => {
    if (command instanceof SendMessageCommand) {
      const { QueueUrl, MessageBody = '', DelaySeconds = 0 } = command.input;
      const queue = queueOf(QueueUrl);
      const site = { dependency: queue.name, operation: 'SendMessage', about: '' };
      return network.call(process, site, (): Answer<unknown> => {
        queue.send(MessageBody, DelaySeconds * 1000, process);
        return { value: {} };
      });
    }
    if (command instanceof ReceiveMessageCommand) {
      const { QueueUrl, MaxNumberOfMessages = 1, WaitTimeSeconds = 0 } = command.input;
      const queue = queueOf(QueueUrl);
      return receive(process, network, queue, MaxNumberOfMessages, WaitTimeSeconds * 1000, options, inHand);
    }
    if (command instanceof DeleteMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      const queue = queueOf(QueueUrl);
      const site = { dependency: queue.name, operation: 'DeleteMessageBatch', about: '' };
      return network.call(process, site, (fate): Answer<unknown> => {
        const failed: { Id: string; Code: string }[] = [];
        for (const { Id = '', ReceiptHandle = '' } of Entries) {
          const message = inHand.get(ReceiptHandle);
          if (message === undefined) continue;
          if (fate === 'partial' && network.stream(queue.name).chance(0.5))
            failed.push({ Id, Code: 'InternalError' });
          else queue.delete(message);
        }
        return { value: { Failed: failed } };
      });
    }
    if (command instanceof ChangeMessageVisibilityCommand) {
      const { QueueUrl, ReceiptHandle = '', VisibilityTimeout = 0 } = command.input;
      const queue = queueOf(QueueUrl);
      const site = { dependency: queue.name, operation: 'ChangeMessageVisibility', about: '' };
      return network.call(process, site, (): Answer<unknown> => {
        const message = inHand.get(ReceiptHandle);
        if (message !== undefined) queue.changeVisibility(message, VisibilityTimeout * 1000);
        return { value: {} };
      });
    }
    throw new Error('the simulated SQS does not know this command');
  };
  const client = { send };
  return { inRegion: () => client, warm: async () => {}, close() {} } as unknown as SqsClients;
}

/**
 * A long poll with a single try: messages for a process that has died are redelivered after the visibility time-out.
 */
async function receive(
  process: SimProcess,
  network: Network,
  queue: SimQueue,
  max: number,
  waitMs: number,
  { requestTimeout = waitMs + 5000 }: { readonly requestTimeout?: number },
  inHand: Map<string, Message>,
): Promise<{ readonly Messages: readonly SqsMessage[] }> {
  const site = { dependency: queue.name, operation: 'ReceiveMessage', about: '' };
  await network.call(process, site, (): Answer<null> => ({ value: null }), {
    timeoutMs: requestTimeout,
    maxTries: 1,
  });
  const messages = await new Promise<readonly Message[]>((resolve) => {
    queue.poll(max, waitMs, (taken) => process.enter(() => resolve(taken)));
  });
  return {
    Messages: messages.map((message) => {
      const ReceiptHandle = `${message.id}#${message.receiveCount}`;
      inHand.set(ReceiptHandle, message);
      return {
        MessageId: message.id,
        Body: message.body,
        ReceiptHandle,
        Attributes: attributesOf(message, queue.startsAt),
      };
    }),
  };
}

/** The attributes of a message, by the platform's clock, which is always right. */
export function attributesOf({ receiveCount, sentAt, firstReceivedAt }: Message, startsAt: number) {
  return {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(Math.floor(startsAt + sentAt)),
    ApproximateFirstReceiveTimestamp: String(Math.floor(startsAt + (firstReceivedAt ?? sentAt))),
  };
}

export function addressOf(name: string): QueueAddress {
  return { queueUrl: `https://sqs.home-1.example/${name}`, region: 'home-1' };
}
