import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'left', logicalId: 'left', checks: { checkMatch: '*.check.*' } })
