import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'installed-one', logicalId: 'installed-one', checks: { checkMatch: '*.check.*' } })
