import { coloursFor } from '../../../shared/adapters/system/colours.ts';

/** The demo writes to standard output. */
export const pc = coloursFor(process.stdout);
