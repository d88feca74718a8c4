import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'end-to-end',
  logicalId: 'end-to-end',
  checks: { checkMatch: '**/*.check.ts' },
})
