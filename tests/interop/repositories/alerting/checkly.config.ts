import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'alerting',
  logicalId: 'alerting',
  checks: { checkMatch: '*.check.ts' },
})
