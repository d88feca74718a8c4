const { defineConfig } = require('checkly')

module.exports = defineConfig({ projectName: 'Old', logicalId: 'old', checks: { checkMatch: '**/*.check.js' } })
