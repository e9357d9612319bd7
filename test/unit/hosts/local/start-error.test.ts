import { describe, expect, it } from 'vitest';
import { describeStartError } from '../../../../services/hosts/local/start-error.ts';

const PLACE = { host: '192.0.2.1', port: 80, dataDir: '/srv/mpic' };
const failure = (facts: object, cause?: Error) => Object.assign(new Error('raw text', { cause }), facts);
const ofStore = (cause: Error) => failure({ code: 'LEVEL_DATABASE_NOT_OPEN' }, cause);

describe('describeStartError', () => {
  it.each([
    {
      name: 'a port that is taken',
      error: failure({ code: 'EADDRINUSE', syscall: 'listen' }),
      says: 'port 80 of 192.0.2.1 is taken by another process; choose another with MPIC_PORT',
    },
    {
      name: 'a port below 1024',
      error: failure({ code: 'EACCES', syscall: 'listen' }),
      says: 'port 80 may not be opened by this user',
    },
    {
      name: 'an address of another machine',
      error: failure({ code: 'EADDRNOTAVAIL', syscall: 'listen' }),
      says: 'MPIC_HOST is 192.0.2.1, which is not an address of this machine',
    },
    {
      name: 'a host that does not resolve',
      error: failure({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
      says: 'MPIC_HOST is 192.0.2.1, a name that does not resolve',
    },
    {
      name: 'a host whose resolver is away',
      error: failure({ code: 'EAI_AGAIN', syscall: 'getaddrinfo' }),
      says: 'a name that does not resolve',
    },
    {
      name: 'a file of another user',
      error: failure({ code: 'EACCES', syscall: 'open', path: '/srv/mpic/audit' }),
      says: '/srv/mpic/audit cannot be read or written by this user',
    },
    {
      name: 'a file system that is read-only',
      error: failure({ code: 'EROFS', syscall: 'open', path: '/srv/mpic/audit' }),
      says: '/srv/mpic/audit is on a file system that is read-only',
    },
    {
      name: 'a full disk',
      error: failure({ code: 'ENOSPC', syscall: 'write', path: '/srv/mpic/audit' }),
      says: '/srv/mpic/audit cannot be written: no space is left',
    },
    {
      name: 'a folder that is a file',
      error: failure({ code: 'ENOTDIR', syscall: 'mkdir', path: '/srv/mpic/audit' }),
      says: '/srv/mpic/audit is not what it must be (ENOTDIR)',
    },
    {
      name: 'a store in use',
      error: ofStore(failure({ code: 'LEVEL_LOCKED' })),
      says: '/srv/mpic is used by another process; MPIC_DATA_DIR chooses another',
    },
    {
      name: 'a store that may not be written',
      error: ofStore(new Error('IO error: /srv/mpic/store/LOCK: Permission denied')),
      says: 'the store in /srv/mpic cannot be opened: IO error: /srv/mpic/store/LOCK: Permission denied',
    },
  ])('says in one line what is wrong with $name', ({ error, says }) => {
    const text = describeStartError(error, PLACE);
    expect(text).toContain(says);
    expect(text).not.toMatch(/\n|raw text/);
  });

  it('does not guess that another process has the store', () => {
    const error = ofStore(new Error('IO error: Read-only file system'));
    expect(describeStartError(error, PLACE)).not.toContain('process');
  });

  it.each([
    { name: 'an error of the program', error: new TypeError('x is undefined') },
    { name: 'an unknown error of the system', error: failure({ code: 'EIO', syscall: 'read' }) },
  ])('keeps the stack of $name', ({ error }) => {
    expect(describeStartError(error, PLACE)).toMatch(/\n\s+at /);
  });
});
