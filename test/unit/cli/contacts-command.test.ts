import { describe, expect, it } from 'vitest';
import { COMMANDS_A_TERMINAL, HOSTILE, KEY, neverDecides, useAskedService } from './ask-lab.ts';
import { type Run, runCommand } from './run-command.ts';

const { startService, open, openChanged } = useAskedService();

const contacts = (url: string, argv: readonly string[]): Promise<Run> =>
  runCommand(['contacts', '--url', url, ...argv], { environment: { MPIC_KEY: KEY } });

describe('mpic contacts', () => {
  it('shows the contacts of a name, of TXT and of CAA records in turn', async () => {
    const gateway = await open(await startService());
    const { status, out } = await contacts(gateway.url, ['permitted.test']);
    expect(status).toBe(0);
    expect(out).toContain('contacts for contact-email-txt of permitted.test');
    expect(out).toContain('corroborated: Hostmaster@permitted.test (6/6)');
    expect(out).toContain('malformed (not-an-email-address): mail me, seen by ');
    expect(out).toContain('contacts for contact-email-caa of permitted.test');
    expect(out.indexOf('email-txt')).toBeLessThan(out.indexOf('email-caa'));
  });

  it.each([
    {
      name: 'there are none: 1',
      argv: ['permitted.test', '--kind', 'phone'],
      status: 1,
      says: 'not valid: 0 of 6',
    },
    { name: 'that could not be told: 2', argv: ['broken.test'], status: 2, says: 'undecided: 0 of 6' },
    {
      name: 'only one kind of record is asked for, and has none: 1',
      argv: ['permitted.test', '--record', 'caa'],
      status: 1,
      says: 'contacts for contact-email-caa',
    },
  ])('ends with the status that says that $name', async ({ argv, status, says }) => {
    const gateway = await open(await startService());
    const run = await contacts(gateway.url, argv);
    expect(run.out).toContain(says);
    expect(run.status, run.out + run.error).toBe(status);
  });

  it('with --json prints each answer as it came, on a line of its own', async () => {
    const { url, bodies } = await openChanged();
    const { status, out } = await contacts(url, ['permitted.test', '--json']);
    const lines = out.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(lines.map((line) => JSON.parse(line))).toEqual(bodies.map((body) => JSON.parse(body)));
    expect(lines).toHaveLength(2);
  });

  it.each([
    { name: 'a kind that does not exist', argv: ['a.test', '--kind', 'fax'], says: '--kind' },
    { name: 'a record that does not exist', argv: ['a.test', '--record', 'mx'], says: '--record' },
    { name: 'no name', argv: [], says: "missing required argument 'name'" },
    { name: 'an IP address', argv: ['11.0.0.1'], says: 'takes a domain name' },
  ])('refuses $name as wrong usage', async ({ argv, says }) => {
    const gateway = await open(await startService());
    const { status, error } = await contacts(gateway.url, argv);
    expect({ status, error }).toEqual({ status: 64, error: expect.stringContaining(says) });
  });

  it('shows nothing of the network that could command a terminal', async () => {
    const { url } = await openChanged((body) =>
      body.replaceAll('mail me', JSON.stringify(HOSTILE).slice(1, -1)).replaceAll('Hostmaster', 'H\\u202em'),
    );
    const { out } = await contacts(url, ['permitted.test', '--record', 'txt']);
    expect(out).toContain('H\\u{202e}m@permitted.test');
    expect(out).not.toMatch(COMMANDS_A_TERMINAL);
  });

  it('does not take the contacts of another method for those it asked for', async () => {
    const { url } = await openChanged((body) => body.replaceAll('contact-email-txt', 'contact-email-caa'));
    const { status, error } = await contacts(url, ['permitted.test', '--record', 'txt']);
    expect({ status, error }).toEqual({
      status: 2,
      error: expect.stringContaining('which nobody asked for'),
    });
  });

  it('gives up after --wait, and says the id', async () => {
    const gateway = await open(neverDecides);
    const { status, error } = await contacts(gateway.url, ['permitted.test', '--wait', '1']);
    expect({ status, error }).toEqual({ status: 2, error: expect.stringContaining('its id is ') });
  });
});
