import { defineConfig } from 'checkly'
import { teams } from '../teams.generated'

export default defineConfig({
  projectName: 'bad',
  logicalId: 'bad',
  checks: { checkMatch: '**/*.check.ts', tags: teams },
})
