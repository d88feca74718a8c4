import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'typed-esm', logicalId: 'typed-esm', checks: { checkMatch: '*.check.*' } })
