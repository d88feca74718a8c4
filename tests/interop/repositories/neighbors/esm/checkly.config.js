import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'esm', logicalId: 'esm', checks: { checkMatch: '*.check.*' } })
