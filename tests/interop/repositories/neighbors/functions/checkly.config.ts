import { defineConfig } from 'checkly'

const calls: string[] = []

export default async () => {
  calls.push('called')
  return defineConfig({ projectName: `functions ${calls.length}`, logicalId: 'functions', checks: { checkMatch: '*.check.ts' } })
}
