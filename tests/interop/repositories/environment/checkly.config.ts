import { defineConfig } from 'checkly'
import { stage } from './stage'

export default defineConfig({ projectName: `Shop ${stage}`, logicalId: `shop-${stage}`, checks: { checkMatch: '*.check.ts' } })
