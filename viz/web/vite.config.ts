import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  worker: { format: 'es' },
  // The addresses of pages have more than one part (/fund/...), so files are asked for from the root.
  base: '/',
  // Nothing inlined: the Content-Security-Policy allows fonts and scripts from our own origin only.
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false },
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
});
