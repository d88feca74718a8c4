import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'linked-two', logicalId: 'linked-two', checks: { checkMatch: '*.check.*' } })
