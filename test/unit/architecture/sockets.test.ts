import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

/**
 * All code that can run for a check. Left out: the clients of the platform's own services, which applicants cannot name, the
 * stores of the local mode, and the client of our own API, which no part of the service may import (`imports.test.ts`).
 */
const CODE = ['shared', 'services/perspective'];
const NOT_FOR_CHECKS = ['shared/adapters/aws/', 'shared/adapters/embedded/', 'shared/client/'];

/** Modules of Node through which something can leave the process, or bring in what can. */
const WAYS_OUT =
  /^(?:node:)?(?:net|tls|https?|http2|dgram|dns(?:\/promises)?|child_process|worker_threads|cluster|module|inspector(?:\/promises)?|vm|quic)$/;

interface Import {
  readonly file: string;
  readonly module: string;
  readonly names: readonly string[];
}

/** Everybody who imports a value of such a module, and why. Types act on nothing and are free. */
const PERMITTED: readonly (Import & { readonly reason: string })[] = [
  {
    file: 'shared/adapters/dns/stub/server-address.ts',
    module: 'node:net',
    names: ['isIPv4', 'isIPv6', 'SocketAddress'],
    reason: 'reads the text of addresses',
  },
  {
    file: 'shared/adapters/dns/stub/stub-resolver.ts',
    module: 'node:dns',
    names: ['getServers'],
    reason: 'reads which resolver the system is set up with; asks it nothing',
  },
  {
    file: 'shared/adapters/dns/stub/udp-exchange.ts',
    module: 'node:dgram',
    names: ['createSocket'],
    reason: 'the one exception: datagrams to the resolver that the operator has named, and to nobody else',
  },
  {
    file: 'shared/adapters/net/http-exchange.ts',
    module: 'node:http',
    names: ['request'],
    reason: 'HTTP over a socket that the guard has dialled',
  },
  {
    file: 'shared/adapters/net/network-guard.ts',
    module: 'node:net',
    names: ['connect'],
    reason: 'the guard: it alone opens TCP connections',
  },
  {
    file: 'shared/adapters/net/tls-session.ts',
    module: 'node:tls',
    names: ['checkServerIdentity', 'connect', 'createSecureContext'],
    reason: 'TLS over a socket that the guard has dialled',
  },
  {
    file: 'shared/adapters/dns/unbound/control-channel.ts',
    module: 'node:net',
    names: ['connect'],
    reason: "a UNIX socket in the resolver's private folder",
  },
  {
    file: 'shared/adapters/dns/unbound/find-unbound.ts',
    module: 'node:child_process',
    names: ['execFile'],
    reason: 'asks the daemon for its version',
  },
  {
    file: 'shared/adapters/dns/unbound/free-port.ts',
    module: 'node:dgram',
    names: ['createSocket'],
    reason: 'looks for a free loopback port; sends nothing',
  },
  {
    file: 'shared/adapters/dns/unbound/free-port.ts',
    module: 'node:net',
    names: ['createServer'],
    reason: 'looks for a free loopback port; accepts nothing',
  },
  {
    file: 'shared/adapters/dns/unbound/instance.ts',
    module: 'node:child_process',
    names: ['spawn'],
    reason: 'the validating resolver of the perspective; where it may go stands in its configuration',
  },
  {
    file: 'shared/adapters/dns/unbound/package-release.ts',
    module: 'node:child_process',
    names: ['execFile'],
    reason: 'asks the package manager which release of the daemon is installed',
  },
  {
    file: 'shared/adapters/dns/unbound/private-folder.ts',
    module: 'node:net',
    names: ['connect', 'createServer'],
    reason: 'a UNIX socket in a private folder, by which its owner is known to be alive',
  },
  {
    file: 'shared/adapters/dns/unbound/processes.ts',
    module: 'node:child_process',
    names: ['execFile'],
    reason: 'lists processes where there is no /proc',
  },
];

/** Packages are code of others that may open sockets of its own. These open none. */
const PACKAGES = ['asn1js', 'picocolors', 're2js', 'tldts-icann', 'tr46', 'uuid', 'zod', 'zod/v4/core'];

/** The functions that may only be used in one place. */
const SOLE_USERS = [
  { name: 'createNetworkGuard', user: 'shared/adapters/net/network-view.ts' },
  { name: 'createHttpFetcher', user: 'shared/adapters/net/network-view.ts' },
  { name: 'createTlsProber', user: 'shared/adapters/net/network-view.ts' },
  { name: 'connectToResolver', user: 'shared/adapters/dns/stub/tcp-exchange.ts' },
];

function listFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return listFiles(path);
    return path.endsWith('.ts') && !path.endsWith('.d.ts') ? [path] : [];
  });
}

function withoutComments(text: string): string {
  return text.replace(/\/\*.*?\*\//gs, '').replace(/^\s*\/\/.*$/gm, '');
}

/** Static imports and re-exports with the values they bring; `*` for a whole module, none for one imported for its effects. */
function listImports(file: string, text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s(?:([^;'"]*?)\sfrom\s)?['"]([^'"]+)['"]/gm);
  return [...statements].flatMap(([, clause = '', module = '']) => {
    if (/^type\s(?!,)/.test(clause)) return [];
    const names = clause
      .replace(/[{}]/g, ',')
      .split(',')
      .map((name) => name.trim().replace(/\s+as\s.*$/, ''))
      .filter((name) => name !== '' && !name.startsWith('type '))
      .sort((a, b) => a.localeCompare(b));
    return clause !== '' && names.length === 0 ? [] : [{ file, module, names }];
  });
}

const SOURCES = CODE.flatMap(listFiles)
  .filter((file) => !NOT_FOR_CHECKS.some((folder) => file.startsWith(folder)))
  .map((file) => ({ file, text: withoutComments(readFileSync(join(ROOT, file), 'utf8')) }));
const IMPORTS = SOURCES.flatMap(({ file, text }) => listImports(file, text));

/** `file: match` for every match of `pattern` in the sources. */
function findAll(pattern: RegExp): string[] {
  return SOURCES.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].map(([match]) => `${file}: ${match.trim()}`),
  );
}

describe('who can open a connection', () => {
  it('is looked for in files that are there', () => {
    expect(SOURCES.length).toBeGreaterThan(100);
    expect(IMPORTS.length).toBeGreaterThan(200);
  });

  it.each<{ text: string; names: readonly string[] | null }>([
    { text: "import { connect, type Socket } from 'node:net';", names: ['connect'] },
    { text: "import { connect as dial } from 'net';", names: ['connect'] },
    { text: "import {\n  connect,\n  Socket,\n} from 'node:net';", names: ['connect', 'Socket'] },
    { text: "import net from 'node:net';", names: ['net'] },
    { text: "import * as net from 'node:net';", names: ['*'] },
    { text: "import net, { type Socket } from 'node:net';", names: ['net'] },
    { text: "export { connect } from 'node:net';", names: ['connect'] },
    { text: "export * from 'node:net';", names: ['*'] },
    { text: "import 'node:net';", names: [] },
    { text: "import type { Socket } from 'node:net';", names: null },
    { text: "import { type Server, type Socket } from 'node:net';", names: null },
  ])('is seen in $text', ({ text, names }) => {
    const [found] = listImports('x.ts', text);
    expect(found?.names.map((name) => name.replace(/^\*.*/, '*')) ?? null).toEqual(names);
  });

  it('is this list', () => {
    const found = IMPORTS.filter(({ module }) => WAYS_OUT.test(module));
    const permitted = PERMITTED.map(({ reason: _reason, ...row }) => row);
    const byFile = (a: Import, b: Import) => a.file.localeCompare(b.file) || a.module.localeCompare(b.module);
    expect(found.toSorted(byFile)).toEqual(permitted.toSorted(byFile));
  });

  it('is nobody by a global of the platform', () => {
    const globals = /(?<![.\w$])(?:(?:fetch|WebSocket|EventSource|XMLHttpRequest)\b\s*[(,;)]|globalThis\b)/g;
    expect(findAll(globals)).toEqual([]);
  });

  it('is nobody by a module loaded on the way, but for parts of this project', () => {
    const loaded = findAll(/\b(?:import|require)\s*\(\s*[^)]*\)/g).filter(
      (found) => !/import\(\s*'\.{1,2}\/[^']+'\s*\)$/.test(found),
    );
    expect(loaded).toEqual([]);
    expect(findAll(/\b(?:getBuiltinModule|createRequire|process\.binding|eval|new Function)\b/g)).toEqual([]);
  });

  it('is no package', () => {
    const packages = IMPORTS.map(({ module }) => module).filter(
      (module) => !/^(?:\.{1,2}\/|node:)/.test(module),
    );
    expect([...new Set(packages)].filter((name) => !PACKAGES.includes(name))).toEqual([]);
  });

  it.each(SOLE_USERS)('only $user uses $name', ({ name, user }) => {
    const users = IMPORTS.filter(({ names }) => names.includes(name)).map(({ file }) => file);
    expect(users).toEqual([user]);
  });
});
