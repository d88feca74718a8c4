import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'pictures',
  logicalId: 'pictures',
  checks: { checkMatch: '**/*.check.ts' },
})
