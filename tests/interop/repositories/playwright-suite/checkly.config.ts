import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'End to end',
  logicalId: 'end-to-end',
  checks: {
    playwrightConfigPath: './playwright.config.ts',
    playwrightChecks: [{ name: 'Smoke', logicalId: 'smoke', pwTags: '@smoke', frequency: 10, locations: ['eu-west-1'] }],
  },
})
