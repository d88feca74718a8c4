import { defineConfig } from 'checkly'
import { checkMatch, repoUrl } from '../lib/defaults'

export default defineConfig({
  projectName: 'Public status page',
  logicalId: 'status-page',
  repoUrl,
  checks: { checkMatch },
})
