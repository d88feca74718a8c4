import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'dotenv-two', logicalId: 'dotenv-two', checks: { checkMatch: '*.check.*' } })
