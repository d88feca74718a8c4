import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'blog',
  logicalId: 'blog',
  checks: { checkMatch: '**/*.check.ts' },
})
