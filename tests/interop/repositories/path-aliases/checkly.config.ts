import { defineConfig } from 'checkly'

export default defineConfig({
  projectName: 'shop',
  logicalId: 'shop',
  checks: { checkMatch: '__checks__/*.check.ts' },
})
