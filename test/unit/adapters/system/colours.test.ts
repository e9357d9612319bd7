import { describe, expect, it } from 'vitest';
import { coloursFor } from '../../../../shared/adapters/system/colours.ts';

describe('coloursFor', () => {
  it.each([
    { name: 'a terminal with colours gets them', isTTY: true, shows: true, colours: true },
    { name: 'a terminal without colours gets none', isTTY: true, shows: false, colours: false },
    { name: 'a pipe gets none, whatever the environment says', isTTY: false, shows: true, colours: false },
  ])('$name', ({ isTTY, shows, colours }) => {
    const written = coloursFor({ isTTY, hasColors: () => shows }).red('x');
    expect(written.includes('\u001b')).toBe(colours);
  });
});
