import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'installed-two', logicalId: 'installed-two', checks: { checkMatch: '*.check.*' } })
