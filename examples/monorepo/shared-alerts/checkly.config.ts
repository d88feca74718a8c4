import { defineConfig } from 'checkly'
import { checkMatch, repoUrl } from '../lib/defaults'

export default defineConfig({
  projectName: 'Shared alert channels',
  logicalId: 'shared-alerts',
  repoUrl,
  checks: { checkMatch },
})
