import { defineConfig } from 'checkly'

export default defineConfig({ projectName: 'dotenv-one', logicalId: 'dotenv-one', checks: { checkMatch: '*.check.*' } })
