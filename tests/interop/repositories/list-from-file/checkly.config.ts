import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'pages',
  logicalId: 'pages',
  checks: { checkMatch: '**/*.check.ts' },
})
