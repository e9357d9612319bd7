import type { JobView } from '../../../shared/client/index.ts';
import type { Io } from '../shell/command.ts';
import { show } from './show.ts';
import { type Item, reasonOf, resultOf } from './verdict.ts';

/** Tells which perspectives have answered so far. */
export interface Progress {
  update(view: JobView): void;
  /** Takes away what is written over; plain lines stay. */
  end(): void;
}

const MAX_LINE_CHARACTERS = 78;
const MAX_LINES = 64;

/** Progress on standard error: on a terminal a block that is written over, else a line for each perspective, once. */
export function createProgress({ error, isTerminal }: Io): Progress {
  return isTerminal ? createBlock(error) : createLines(error);
}

function createLines(write: Io['error']): Progress {
  const told = new Set<string>();
  return {
    update({ attempt, perspectives }) {
      for (const item of perspectives.slice(0, MAX_LINES)) {
        const key = `${attempt} ${item.perspective_code}`;
        if (told.has(key)) continue;
        told.add(key);
        write(`${lineOf(item)}\n`);
      }
    },
    end() {},
  };
}

function createBlock(write: Io['error']): Progress {
  let height = 0;
  const takeAway = () => (height === 0 ? '' : `\u001b[${height}A\u001b[J`);
  return {
    update({ perspectives, progress: { expected, received } }) {
      const lines = [
        `${received} of ${expected} perspectives have answered`,
        ...perspectives.slice(0, MAX_LINES).map((item) => `  ${lineOf(item)}`),
      ];
      write(`${takeAway()}${lines.join('\n')}\n`);
      height = lines.length;
    },
    end() {
      write(takeAway());
      height = 0;
    },
  };
}

function lineOf(item: Item): string {
  const words = [resultOf(item), reasonOf(item)].filter((word) => word !== '');
  return `${show(item.perspective_code, 63)}: ${words.join(', ')}`.slice(0, MAX_LINE_CHARACTERS);
}
