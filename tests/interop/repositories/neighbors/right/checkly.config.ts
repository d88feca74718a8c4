import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'right', logicalId: 'right', checks: { checkMatch: '*.check.*' } })
