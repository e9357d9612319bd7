import type { DomainName } from '../message/names.ts';
import type { Question } from './exchange.ts';

/**
 * What the questions of one check do at a resolver with a cache, so that none is answered with anything that was asked for
 * before the check began (TLS BR 3.2.2.9 [mpic]).
 */
export interface Freshness {
  /** Before `question` is put. False: its answer could be an earlier one. */
  prepare(question: Question, deadline: number): Promise<boolean>;
  /**
   * Whether an answer to `question` is known to be of this check. The resolver follows aliases by itself: where one leads to
   * a question that is not covered, that one has to be prepared, and the first asked again.
   */
  covers(question: Question): boolean;
  /** Before a question that failed is put again: failures are kept, too. */
  forget(name: DomainName, deadline: number): Promise<void>;
  /** `question` goes out. To be called back when a response to it has come. */
  put(question: Question): () => void;
}
