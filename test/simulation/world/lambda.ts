import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { BatchContext } from '../../../shared/adapters/aws/sqs-lambda-batch.ts';
import type { VirtualTime } from '../../support/virtual-clock.ts';
import type { Network } from './network.ts';
import type { SimProcess } from './process.ts';
import { attributesOf, type Message, type SimQueue } from './sqs.ts';

export type Invocation<Event, Result> = (event: Event, context: BatchContext) => Promise<Result>;

export interface FunctionOptions<Event, Result> {
  readonly name: string;
  readonly timeoutMs: number;
  readonly maxConcurrency: number;
  /** Runs while an environment initialises. */
  readonly boot: (process: SimProcess) => Promise<Invocation<Event, Result>>;
  readonly spawn: () => SimProcess;
}

interface Environment<Event, Result> {
  readonly process: SimProcess;
  readonly ready: Promise<Invocation<Event, Result>>;
  isBusy: boolean;
  /** Incremented with every use, so that an outdated timer does nothing. */
  turn: number;
}

export type Outcome<Result> = { readonly ok: true; readonly result: Result } | { readonly ok: false };

const LONGEST_COLD_START_MS = 2500;
const LONGEST_IDLE_MS = 600_000;

/**
 * A function as Lambda runs it: each environment handles one event at a time, is frozen once it has answered, thawed
 * for the next event, and killed at its time-out. An idle environment is killed after some time.
 */
export class SimFunction<Event, Result> {
  readonly #options: FunctionOptions<Event, Result>;
  readonly #time: VirtualTime;
  readonly #network: Network;
  #environments: Environment<Event, Result>[] = [];

  constructor(options: FunctionOptions<Event, Result>, time: VirtualTime, network: Network) {
    this.#options = options;
    this.#time = time;
    this.#network = network;
  }

  get processes(): readonly SimProcess[] {
    return this.#environments.map(({ process }) => process);
  }

  /** True if one more event can be handled. */
  get hasRoom(): boolean {
    return (
      this.#environments.length < this.#options.maxConcurrency ||
      this.#environments.some(({ isBusy }) => !isBusy)
    );
  }

  invoke(event: Event, done: (outcome: Outcome<Result>) => void): void {
    const idle = this.#environments.find(({ isBusy }) => !isBusy);
    if (idle === undefined && this.#environments.length >= this.#options.maxConcurrency) {
      done({ ok: false });
      return;
    }
    const environment = idle ?? this.#create();
    const { process } = environment;
    environment.isBusy = true;
    environment.turn += 1;
    const { turn } = environment;
    let isOver = false;
    const end = (outcome: Outcome<Result>) => {
      if (isOver) return;
      isOver = true;
      done(outcome);
    };
    process.onDeath(() => end({ ok: false }));
    if (idle !== undefined) process.thaw();
    this.#time.schedule(this.#options.timeoutMs, () => {
      if (isOver || environment.turn !== turn) return;
      this.#network.note('function-timeout');
      process.kill();
    });
    const answered = (outcome: Outcome<Result>) => {
      if (isOver) return;
      environment.isBusy = false;
      this.#rest(environment);
      end(outcome);
    };
    // A handler that throws leaves its environment alive; a failed start ends it.
    const endsAt = this.#time.elapsed + this.#options.timeoutMs;
    const context = { getRemainingTimeInMillis: () => Math.max(0, endsAt - this.#time.elapsed) };
    const handle = async () => (await environment.ready)(event, context);
    process.enter(() => {
      handle().then(
        (result) => answered({ ok: true, result }),
        () => answered({ ok: false }),
      );
    });
  }

  #rest(environment: Environment<Event, Result>): void {
    const { turn, process } = environment;
    process.freeze();
    this.#time.schedule(this.#network.stream('idle').next() * LONGEST_IDLE_MS, () => {
      if (environment.turn === turn && !environment.isBusy) process.kill();
    });
  }

  #create(): Environment<Event, Result> {
    const process = this.#options.spawn();
    const slowness = this.#network.isCalm ? 0 : this.#network.stream('cold start').next() ** 4;
    const coldStart = 80 + slowness * LONGEST_COLD_START_MS;
    const ready = new Promise<void>((resolve) => {
      this.#time.schedule(coldStart, () => process.enter(resolve));
    }).then(() => this.#options.boot(process));
    ready.catch(() => process.kill());
    const environment = { process, ready, isBusy: false, turn: 0 };
    this.#environments.push(environment);
    process.onDeath(() => {
      this.#environments = this.#environments.filter((other) => other !== environment);
    });
    return environment;
  }
}

/** Feeds a function from a queue in batches, with partial batch responses. */
export function mapEventSource(
  queue: SimQueue,
  target: SimFunction<SQSEvent, SQSBatchResponse | undefined>,
  batchSize: number,
): void {
  queue.onVisible = pump;

  function pump(): void {
    while (target.hasRoom) {
      const messages = queue.receive(batchSize);
      if (messages.length === 0) return;
      target.invoke(toEvent(queue, messages), (outcome) => {
        if (outcome.ok) {
          const failed = new Set(
            outcome.result?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) ?? [],
          );
          for (const message of messages) if (!failed.has(message.id)) queue.delete(message);
        }
        queue.wakePoller();
      });
    }
  }
}

function toEvent(queue: SimQueue, messages: readonly Message[]): SQSEvent {
  return {
    Records: messages.map((message) => ({
      messageId: message.id,
      receiptHandle: `${message.id}#${message.receiveCount}`,
      body: message.body,
      attributes: { ...attributesOf(message, queue.startsAt), SenderId: 'sender' },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:home-1:000000000000:${queue.name}`,
      awsRegion: 'home-1',
    })),
  };
}
