import { defineConfig } from 'checkly'
import { checkMatch, repoUrl } from '../lib/defaults'

export default defineConfig({
  projectName: 'Shared private locations',
  logicalId: 'shared-locations',
  repoUrl,
  checks: { checkMatch },
})
