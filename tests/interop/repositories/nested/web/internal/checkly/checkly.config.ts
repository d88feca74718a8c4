import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'internal',
  logicalId: 'internal',
  checks: { checkMatch: '**/*.check.ts' },
})
