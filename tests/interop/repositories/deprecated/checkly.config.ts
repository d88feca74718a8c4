import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'legacy',
  logicalId: 'legacy',
  checks: { checkMatch: '**/*.check.ts' },
})
