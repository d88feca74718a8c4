import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'status',
  logicalId: 'status',
  checks: { checkMatch: '**/*.check.ts' },
})
