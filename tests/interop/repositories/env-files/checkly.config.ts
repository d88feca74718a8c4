import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: `Shop ${process.env.STAGE}`,
  logicalId: `shop-${process.env.STAGE}`,
  checks: { checkMatch: '*.check.ts' },
})
