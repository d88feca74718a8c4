import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'warehouse',
  logicalId: 'warehouse',
  checks: { checkMatch: '**/*.check.ts' },
})
