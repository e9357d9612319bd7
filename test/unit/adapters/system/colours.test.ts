import { describe, expect, it } from 'vitest';
import { coloursFor } from '../../../../shared/adapters/system/colours.ts';

describe('coloursFor', () => {
  it.each([
    { name: 'colours text for a terminal with colours', isTTY: true, shows: true, colours: true },
    {
      name: 'does not colour text for a terminal without colours',
      isTTY: true,
      shows: false,
      colours: false,
    },
    { name: 'does not colour text for a pipe', isTTY: false, shows: true, colours: false },
  ])('$name', ({ isTTY, shows, colours }) => {
    const written = coloursFor({ isTTY, hasColors: () => shows }).red('x');
    expect(written.includes('\u001b')).toBe(colours);
  });
});
