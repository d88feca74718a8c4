import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'Loops',
  logicalId: 'loops',
  checks: { checkMatch: 'checks/*.check.js', tags: ['loops'] },
})
