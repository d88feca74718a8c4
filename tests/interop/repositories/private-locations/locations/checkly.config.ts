import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'locations',
  logicalId: 'locations',
  checks: { checkMatch: '**/*.check.ts' },
})
