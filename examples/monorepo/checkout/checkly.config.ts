import { defineConfig } from 'checkly'
import { browserRetries, checkMatch, repoUrl, runtimeId, secondOpinion } from '../lib/defaults'
import { environment } from './environment'

export default defineConfig({
  projectName: `Checkout (${environment.name})`,
  logicalId: `checkout-${environment.name}`,
  repoUrl,
  checks: {
    checkMatch,
    runtimeId,
    retryStrategy: secondOpinion,
    tags: ['checkout', environment.name, 'team:checkout'],
    playwrightConfig: {
      use: { baseURL: environment.shopUrl, locale: 'en-GB', timezoneId: 'Europe/Berlin' },
    },
    browserChecks: { retryStrategy: browserRetries },
  },
})
