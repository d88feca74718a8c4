import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'native-one', logicalId: 'native-one', checks: { checkMatch: '*.check.*' } })
