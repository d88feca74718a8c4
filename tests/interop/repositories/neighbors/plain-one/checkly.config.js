const { defineConfig } = require('checkly')

module.exports = defineConfig({ projectName: 'plain-one', logicalId: 'plain-one', checks: { checkMatch: '*.check.js' } })
