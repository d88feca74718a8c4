import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'signed',
  logicalId: 'signed',
  checks: { checkMatch: '**/*.check.ts' },
})
