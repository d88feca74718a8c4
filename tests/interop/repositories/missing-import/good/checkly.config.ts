import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'good',
  logicalId: 'good',
  checks: { checkMatch: '**/*.check.ts' },
})
