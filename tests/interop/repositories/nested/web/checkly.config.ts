import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'web',
  logicalId: 'web',
  checks: { checkMatch: '**/*.check.ts' },
})
