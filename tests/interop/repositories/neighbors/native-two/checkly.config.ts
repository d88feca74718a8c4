import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'native-two', logicalId: 'native-two', checks: { checkMatch: '*.check.*' } })
