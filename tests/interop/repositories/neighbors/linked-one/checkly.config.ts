import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'linked-one', logicalId: 'linked-one', checks: { checkMatch: '*.check.*' } })
