import { defineConfig } from 'checkly'
import { browserRetries, checkDefaults, repoUrl } from '../lib/defaults'

export default defineConfig({
  projectName: 'Customer accounts',
  logicalId: 'customer-accounts',
  repoUrl,
  checks: {
    ...checkDefaults,
    tags: ['customer-accounts', 'production', 'team:web'],
    playwrightConfig: { use: { baseURL: 'https://shop.example.com', locale: 'en-GB' } },
    browserChecks: { retryStrategy: browserRetries },
  },
})
