import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'Shop (staging)',
  logicalId: 'shop-staging',
  checks: { checkMatch: 'src/**/*.check.ts' },
})
