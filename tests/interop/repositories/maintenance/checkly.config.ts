import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'operations',
  logicalId: 'operations',
  checks: { checkMatch: '**/*.check.ts' },
})
