import { defineConfig } from 'checkly'
import { browserRetries, checkDefaults, repoUrl } from '../lib/defaults'

export default defineConfig({
  projectName: 'Storefront',
  logicalId: 'storefront',
  repoUrl,
  checks: {
    ...checkDefaults,
    tags: ['storefront', 'production', 'team:web'],
    playwrightConfig: {
      use: { baseURL: 'https://shop.example.com', locale: 'en-GB', timezoneId: 'Europe/Berlin' },
    },
    browserChecks: { retryStrategy: browserRetries },
  },
})
