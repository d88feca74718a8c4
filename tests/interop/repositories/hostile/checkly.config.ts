import { defineConfig } from 'checkly'

const { PROJECT } = process.env

export default defineConfig({ projectName: `${PROJECT}`, logicalId: `${PROJECT}`, checks: { checkMatch: `${PROJECT}.check.ts` } })
