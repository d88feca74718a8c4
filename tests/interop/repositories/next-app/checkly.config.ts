import type { CheckConfig } from 'checkly'
import { defineConfig } from 'checkly'

const shared: Partial<CheckConfig> = { frequency: 30, locations: ['us-east-1', 'eu-west-1'], tags: ['website'] }

export default defineConfig({
  projectName: 'Shop website',
  logicalId: 'shop-website',
  repoUrl: 'https://github.com/acme/shop',
  checks: {
    ...shared,
    checkMatch: 'src/__checks__/**/*.check.ts',
    browserChecks: { frequency: 10, testMatch: 'src/__checks__/**/*.e2e.ts' },
  },
  cli: { runLocation: 'eu-west-1', reporters: ['list'] },
})
