import { defineConfig, mergeConfig } from 'vite'
import page from './vite.config.ts'

/** `/admin`, apart from the chat page so that neither holds a part of the other. */
export default mergeConfig(
  page,
  defineConfig({
    base: '/static/admin/',
    build: { outDir: 'dist/admin', rollupOptions: { input: 'admin.html' } },
  }),
)
