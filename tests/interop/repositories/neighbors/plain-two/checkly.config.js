const { defineConfig } = require('checkly')

module.exports = defineConfig({ projectName: 'plain-two', logicalId: 'plain-two', checks: { checkMatch: '*.check.js' } })
