import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'kinds',
  logicalId: 'kinds',
  checks: { checkMatch: '**/*.check.ts' },
})
