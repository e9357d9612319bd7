import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import type { SimProcess } from './process.ts';

/** A request as somebody has stored it. */
export interface RequestWrite {
  readonly at: number;
  readonly by: SimProcess;
  readonly record: RequestRecord;
}

/** What somebody has stored under the key of a result. */
export interface ResultWrite {
  readonly at: number;
  readonly by: SimProcess;
  readonly text: string;
}

/** Who asked what and what became of it. */
export interface Answer {
  readonly client: number;
  readonly sentAt: number;
  readonly at: number;
  readonly caller: string;
  readonly method: 'POST' | 'GET';
  readonly key: string | null;
  /** Of a POST. */
  readonly body: string;
  /** Of a GET. */
  readonly requestId: string | null;
  readonly isAsync: boolean;
  /** Null: nobody answered in time. */
  readonly status: number | null;
  readonly content: unknown;
  readonly isReplayed: boolean;
}

/** A message that was sent, and when it was taken out of its queue for good. */
export interface Sent {
  readonly id: string;
  readonly queue: string;
  readonly body: string;
  readonly sentAt: number;
  acknowledgedAt: number | null;
}

/** Everything that can be seen of a history from outside the processes. */
export class Ledger {
  readonly requests = new Map<string, RequestWrite[]>();
  /** By request, then by `attempt!perspective`. */
  readonly results = new Map<string, Map<string, ResultWrite[]>>();
  /** Messages of all queues, by their ids. */
  readonly sent = new Map<string, Sent>();
  readonly answers: Answer[] = [];
  /** What no part of the world should ever do. */
  readonly surprises: string[] = [];

  noteRequest(requestId: string, write: RequestWrite): void {
    const writes = this.requests.get(requestId) ?? [];
    writes.push(write);
    this.requests.set(requestId, writes);
  }

  /** It is known to be published without that its record says so. */
  notePublished(requestId: string, at: number, by: SimProcess): void {
    const last = this.requests.get(requestId)?.at(-1);
    if (last !== undefined)
      this.noteRequest(requestId, { at, by, record: { ...last.record, published: true } });
  }

  noteResult(requestId: string, slot: string, write: ResultWrite): void {
    const ofRequest = this.results.get(requestId) ?? new Map<string, ResultWrite[]>();
    this.results.set(requestId, ofRequest);
    const writes = ofRequest.get(slot) ?? [];
    writes.push(write);
    ofRequest.set(slot, writes);
  }

  noteSent({ id, body, sentAt }: Pick<Sent, 'id' | 'body' | 'sentAt'>, queue: string): void {
    this.sent.set(id, { id, queue, body, sentAt, acknowledgedAt: null });
  }

  noteAcknowledged(id: string, at: number): void {
    const sent = this.sent.get(id);
    if (sent !== undefined) sent.acknowledgedAt ??= at;
  }
}
