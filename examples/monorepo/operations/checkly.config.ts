import { defineConfig } from 'checkly'
import { checkMatch, repoUrl } from '../lib/defaults'

export default defineConfig({
  projectName: 'Dashboards and maintenance windows',
  logicalId: 'operations',
  repoUrl,
  checks: { checkMatch },
})
