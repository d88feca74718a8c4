import { defineConfig } from 'checkly'
import { checkDefaults, repoUrl } from '../lib/defaults'

export default defineConfig({
  projectName: 'Catalogue and search',
  logicalId: 'catalogue',
  repoUrl,
  checks: {
    ...checkDefaults,
    tags: ['catalogue', 'production', 'team:search'],
  },
})
