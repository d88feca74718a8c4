import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'agents',
  logicalId: 'agents',
  checks: { checkMatch: '**/*.check.ts' },
})
