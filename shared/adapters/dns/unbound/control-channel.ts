import { connect } from 'node:net';
import { type Delegation, readDelegation } from './delegation.ts';

/** Longest reply read, octets: one line for a command, a few hundred octets for each entry of a list. */
const MAX_LINE = 4096;
const MAX_LIST = 1_048_576;

/** A name in presentation format. */
const PRESENTED = /^(?:[A-Za-z0-9_-]|\\\d{3}|\.)+$/;

interface Command {
  readonly text: string;
  /** Form of the reply: one line, or text up to the end of the connection. */
  readonly reply: 'line' | 'list';
}

interface Pending {
  readonly command: Command;
  readonly until: number;
  readonly settle: (reply: string | null) => void;
}

/**
 * Sends commands to one running unbound over the UNIX socket in its private folder, one at a time: unbound serves at
 * most ten connections and drops further ones.
 */
export class ControlChannel {
  readonly #path: string;
  readonly #now: () => number;
  #waiting: Pending[] = [];
  #busy = false;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  /** Flush everything cached at or below `name`, in presentation format. True if the daemon confirms it. */
  async forget(name: string, timeoutMs: number): Promise<boolean> {
    if (!PRESENTED.test(name)) return false;
    return this.#do(`flush_zone ${name}`, timeoutMs);
  }

  /** Flush which name servers were slow or dead. */
  forgetServers(timeoutMs: number): Promise<boolean> {
    return this.#do('flush_infra all', timeoutMs);
  }

  /** The name servers that the daemon uses to look up `name`, in presentation format; null if it lists none. */
  async delegation(name: string, timeoutMs: number): Promise<Delegation | null> {
    if (!PRESENTED.test(name)) return null;
    const reply = await this.#ask({ text: `lookup ${name}`, reply: 'list' }, timeoutMs);
    return reply === null ? null : readDelegation(reply);
  }

  /** Reload the configuration; the daemon confirms this before it does so. */
  reload(timeoutMs: number): Promise<boolean> {
    return this.#do('reload', timeoutMs);
  }

  /**
   * The open requests of the daemon, each as `TYPE name`; it shows characters other than letters, digits, - and _ as
   * `?`.
   */
  async openRequests(timeoutMs: number): Promise<ReadonlySet<string> | null> {
    const reply = await this.#ask({ text: 'dump_requestlist', reply: 'list' }, timeoutMs);
    if (reply === null || !reply.startsWith('thread ')) return null;
    // Columns: number, type, class, name, age, state.
    const lines = reply.matchAll(/^ *\d+ +(\S+) +IN +(\S+) /gm);
    return new Set([...lines].map(([, type = '', name = '']) => `${type} ${name.toLowerCase()}`));
  }

  async #do(text: string, timeoutMs: number): Promise<boolean> {
    return (await this.#ask({ text, reply: 'line' }, timeoutMs))?.startsWith('ok') ?? false;
  }

  #ask(command: Command, timeoutMs: number): Promise<string | null> {
    return new Promise((settle) => {
      this.#waiting.push({ command, until: this.#now() + timeoutMs, settle });
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let batch = this.#takeBatch(); batch.length > 0; batch = this.#takeBatch()) {
      const [first] = batch;
      const left = Math.max(...batch.map(({ until }) => until)) - this.#now();
      const reply = first === undefined || left <= 0 ? null : await send(this.#path, first.command, left);
      for (const { until, settle } of batch) settle(this.#now() <= until ? reply : null);
    }
    this.#busy = false;
  }

  /**
   * Take the next command with all equal ones. A later equal command is sent again, because it must also flush what was
   * cached in between.
   */
  #takeBatch(): readonly Pending[] {
    const [first] = this.#waiting;
    const batch = this.#waiting.filter(({ command }) => command.text === first?.command.text);
    this.#waiting = this.#waiting.filter(({ command }) => command.text !== first?.command.text);
    return batch;
  }
}

/** Send one command and read its whole reply; null if the reply is missing or too long. */
function send(path: string, { text, reply: kind }: Command, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let reply = '';
    const socket = connect(path);
    const settle = (whole: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(whole ? reply : null);
    };
    const timer = setTimeout(() => settle(false), timeoutMs);
    socket.setEncoding('latin1');
    socket.once('connect', () => socket.write(`UBCT1 ${text}\n`));
    socket.on('data', (chunk: string) => {
      reply += chunk;
      if (reply.length > (kind === 'line' ? MAX_LINE : MAX_LIST)) settle(false);
      else if (kind === 'line' && reply.includes('\n')) settle(true);
    });
    socket.once('end', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
