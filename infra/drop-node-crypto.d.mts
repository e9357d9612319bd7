import type { Plugin } from 'esbuild';

export declare const dropNodeCrypto: Plugin;
