import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'Shop (production)',
  logicalId: 'shop-production',
  checks: { checkMatch: 'src/**/*.check.ts' },
})
