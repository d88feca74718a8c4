import { defineConfig } from 'checkly'
import { checkMatch, repoUrl, runtimeId, secondOpinion } from '../lib/defaults'

export default defineConfig({
  projectName: 'Warehouse and delivery',
  logicalId: 'warehouse',
  repoUrl,
  checks: {
    checkMatch,
    runtimeId,
    retryStrategy: secondOpinion,
    tags: ['warehouse', 'production', 'team:logistics'],
  },
})
