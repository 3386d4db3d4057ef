import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const THEME = 'src/theme-boot.js';

/** The theme is set before the first paint by a classic script of its own: no flash, and no inline script for the policy to allow. */
function blockingTheme(): Plugin {
  let building = false;
  return {
    name: 'mlfoundry-blocking-theme',
    configResolved(config) {
      building = config.command === 'build';
    },
    buildStart() {
      if (!building) return;
      this.emitFile({ type: 'asset', name: 'theme.js', source: readFileSync(THEME, 'utf8') });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const built = Object.values(bundle ?? {}).find((file) => file.type === 'asset' && file.names.includes('theme.js'));
        return [{ tag: 'script', attrs: { src: `/${built?.fileName ?? THEME}` }, injectTo: 'head-prepend' }];
      },
    },
  };
}

/** The licences of the packages whose code or font the build holds: they ask to travel with it. */
function licences(): Plugin {
  return {
    name: 'mlfoundry-licences',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = Object.values(bundle).flatMap((file) => (file.type === 'asset' ? file.originalFileNames.map((name) => `/${name}`) : []));
      const packages = [...this.getModuleIds(), ...files].map((id) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]);
      const shipped = [...new Set(packages.filter((name) => name !== undefined))].sort();
      const texts = shipped.map((name) => `${name}\n\n${readFileSync(join('node_modules', name, 'LICENSE'), 'utf8')}`);
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join('\n\n') });
    },
  };
}

/** Beside each text file its gzip form, which the server sends where the browser takes it. */
function gzipped(): Plugin {
  return {
    name: 'mlfoundry-gzipped',
    apply: 'build',
    writeBundle({ dir = '' }, bundle) {
      for (const { fileName } of Object.values(bundle)) {
        if (!/\.(js|css|svg)$/.test(fileName)) continue;
        const path = join(dir, fileName);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [blockingTheme(), licences(), gzipped()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../src/mlfoundry/server/static',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2022',
    sourcemap: false,
  },
  server: { proxy: { '/api': process.env.MLFOUNDRY_HOST ?? 'http://127.0.0.1:8000' } },
});
