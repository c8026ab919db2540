// Builds the page into the gateway's static files, so that it can be served under a strict Content-Security-Policy.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUT = '../gateway/static/graphiql';
const ASSETS = join(OUT, 'assets');
const WORTH_COMPRESSING = /\.(css|js|svg|ttf)$/;

/** Lays a .br and a .gz beside each file, so that the gateway never compresses while it answers. */
function precompressed(): Plugin {
  return {
    name: 'precompressed',
    apply: 'build',
    async closeBundle() {
      const names = (await readdir(ASSETS)).filter((name) => WORTH_COMPRESSING.test(name));
      await Promise.all(
        names.map(async (name) => {
          const path = join(ASSETS, name);
          const content = await readFile(path);
          const size = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
          await writeFile(`${path}.br`, await promisify(brotliCompress)(content, { params: size }));
          await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
        }),
      );
    },
  };
}

export default defineConfig({
  base: './',
  html: { cspNonce: '%NONCE%' },
  worker: { format: 'es' },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    // Inlined files would be data: URLs, which the policy does not let a font or a worker come from.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    target: 'es2022',
    rolldownOptions: {
      // React's server components do not concern a page without a server of theirs.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
  plugins: [precompressed()],
});
