/**
 * Schemas share files with rules that hash. A bundle for browsers has none of those rules, so the import of `node:crypto` goes
 * with them; it stays, and a test finds it, as soon as one of them is really used.
 */
export const dropNodeCrypto = {
  name: 'drop-node-crypto',
  setup(inner) {
    inner.onResolve({ filter: /^node:crypto$/ }, ({ path }) => ({
      path,
      external: true,
      sideEffects: false,
    }));
  },
};
