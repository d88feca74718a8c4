import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'Boilerplate Project',
  logicalId: 'boilerplate-project',
  repoUrl: 'https://github.com/checkly/checkly-cli',
  checks: { checkMatch: '**/*.check.ts' },
})
