import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import type { SimProcess } from './process.ts';

/** A stored version of a request. */
export interface RequestWrite {
  readonly at: number;
  readonly by: SimProcess;
  readonly record: RequestRecord;
}

/** A stored version of a result. */
export interface ResultWrite {
  readonly at: number;
  readonly by: SimProcess;
  readonly text: string;
}

/** What a client requested, and the answer. */
export interface Answer {
  readonly client: number;
  readonly sentAt: number;
  readonly at: number;
  readonly caller: string;
  readonly method: 'POST' | 'GET';
  readonly key: string | null;
  /** For a POST. */
  readonly body: string;
  /** For a GET. */
  readonly requestId: string | null;
  readonly isAsync: boolean;
  /** Null if no answer arrived in time. */
  readonly status: number | null;
  readonly content: unknown;
  readonly isReplayed: boolean;
}

/** A sent message, and when it was deleted from its queue. */
export interface Sent {
  readonly id: string;
  readonly queue: string;
  readonly body: string;
  readonly sentAt: number;
  acknowledgedAt: number | null;
}

/** Everything that is visible of a history from outside the processes. */
export class Ledger {
  readonly requests = new Map<string, RequestWrite[]>();
  /** By request, then by `attempt!perspective`. */
  readonly results = new Map<string, Map<string, ResultWrite[]>>();
  /** Messages of all queues, by id. */
  readonly sent = new Map<string, Sent>();
  readonly answers: Answer[] = [];
  /** Events that must never happen. */
  readonly surprises: string[] = [];

  noteRequest(requestId: string, write: RequestWrite): void {
    const writes = this.requests.get(requestId) ?? [];
    writes.push(write);
    this.requests.set(requestId, writes);
  }

  /** Records a publication that the stored record does not show. */
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
