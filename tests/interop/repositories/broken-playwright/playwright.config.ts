export default { testDir: '.', reporter: reporters() }

function reporters() {
  return [[require('reporter-that-is-not-installed')]]
}
