import { connect } from 'node:net';

/** Longest reply read, in octets: real ones are one line. */
const MAX_REPLY = 4096;

interface Pending {
  readonly command: string;
  readonly until: number;
  readonly settle: (done: boolean) => void;
}

/**
 * Commands to one running unbound over the UNIX socket in its private folder, one at a time: it serves ten connections at
 * most and drops the rest.
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

  /**
   * Make the daemon forget everything cached at or below `name`, in presentation format. True once it says that it has.
   */
  forget(name: string, timeoutMs: number): Promise<boolean> {
    if (!/^(?:[A-Za-z0-9_-]|\\\d{3}|\.)+$/.test(name)) return Promise.resolve(false);
    const command = `flush_zone ${name}`;
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
      const done = first !== undefined && left > 0 && (await send(this.#path, first.command, left));
      for (const { until, settle } of batch) settle(done && this.#now() <= until);
    }
    this.#busy = false;
  }

  /** The next command with all its repetitions so far. One that comes later wants to have forgotten what came until then. */
  #takeBatch(): readonly Pending[] {
    const [first] = this.#waiting;
    const batch = this.#waiting.filter(({ command }) => command === first?.command);
    this.#waiting = this.#waiting.filter(({ command }) => command !== first?.command);
    return batch;
  }
}

/** One command, and whether the reply is ok. */
function send(path: string, command: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let reply = '';
    const socket = connect(path);
    const settle = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply.startsWith('ok'));
    };
    const timer = setTimeout(settle, timeoutMs);
    socket.setEncoding('latin1');
    socket.once('connect', () => socket.write(`UBCT1 ${command}\n`));
    socket.on('data', (chunk: string) => {
      reply = (reply + chunk).slice(0, MAX_REPLY);
      if (reply.includes('\n')) settle();
    });
    socket.once('end', settle);
    socket.once('error', settle);
    socket.once('close', settle);
  });
}
