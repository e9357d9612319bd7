import { afterEach, describe, expect, it } from 'vitest';
import { endPrograms, runProgram } from './spawn-mpic.ts';

afterEach(endPrograms);

// Needs the programs in dist/, which `npm test` builds first.
describe('mpic try', () => {
  it('shows a valid verdict without unbound and network, and what to type next, whatever the environment sets', async () => {
    const { status, out } = await runProgram(['try'], {
      MPIC_RESOLVER: 'nonsense',
      MPIC_CONFIG: '/nowhere',
      PATH: '/nowhere',
    });
    expect([status, out]).toEqual([
      0,
      expect.stringContaining('valid: 6 of 6 remote perspectives corroborate'),
    ]);
    expect(out).toContain('website-change of 127.0.0.1');
    expect(out).toContain('lab-network (special-purpose networks could be reached)');
    expect(out.match(/^ {2}npx mpic /gm)).toHaveLength(3);
  });

  it.each([
    { name: 'an argument', argv: ['try', 'example.com'], says: 'too many arguments' },
    { name: 'an option', argv: ['try', '--url', 'http://127.0.0.1:9'], says: "unknown option '--url'" },
  ])('takes nothing: $name is wrong usage', async ({ argv, says }) => {
    const { status, out, error } = await runProgram(argv);
    expect([status, out, error]).toEqual([64, '', expect.stringContaining(says)]);
  });
});
