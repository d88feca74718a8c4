import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'mjs', logicalId: 'mjs', checks: { checkMatch: '*.check.*' } })
