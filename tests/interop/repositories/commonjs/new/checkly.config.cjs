const { defineConfig } = require('checkly')

module.exports = defineConfig({ projectName: 'New', logicalId: 'new', checks: { checkMatch: '**/*.check.cjs' } })
