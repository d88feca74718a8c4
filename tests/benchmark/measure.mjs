// Shared by the measuring scripts. Linux only.
import { spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { once } from 'node:events'

/** The interval of memory samples, in milliseconds. */
const look = 100

/** Starts a sandbox that ends with this process, and returns its URL. */
export async function sandbox(orchestrate, time_scale) {
  const server = spawn(orchestrate, ['sandbox', '--port', '0', '--time-scale', String(time_scale)], { stdio: ['ignore', 'ignore', 'pipe'] })
  process.on('exit', () => server.kill())
  const [greeting] = await once(server.stderr, 'data')
  server.stderr.resume()
  return /http:\/\/[\d.:]+/.exec(greeting)[0]
}

/** Runs a script, and returns wall and CPU time in seconds and the peak memory of all its processes in bytes. */
export async function measure(script, { cwd, env, log }) {
  const timed = `set -e; TIMEFORMAT='%R %U %S'; time { ${script}; } >"$LOG" 2>&1`
  // A separate session, which contains all its processes.
  const child = spawn('setsid', ['--wait', 'bash', '-c', timed], {
    cwd,
    env: { ...env, LOG: log },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  let times = ''
  child.stderr.on('data', (text) => (times += text))
  let memory = 0
  const timer = setInterval(() => (memory = Math.max(memory, memoryOf(child.pid))), look)
  const [code] = await once(child, 'close')
  clearInterval(timer)
  if (code !== 0) {
    console.error(`${script}\n${readFileSync(log, 'utf8')}`)
    process.exit(1)
  }
  const [wall, user, system] = times.trim().split(' ').map(Number)
  return { wall, cpu: user + system, memory }
}

/** The memory of a session's processes; shared memory is counted once. */
function memoryOf(leader) {
  // `setsid` forks if it leads a group; then its child leads the session.
  const sessions = new Set([leader, ...children(leader)])
  let bytes = 0
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (sessions.has(sessionOf(id)) && Number(id) !== leader) {
        const [, kilobytes] = /^Pss: +(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))
        bytes += kilobytes * 1024
      }
    } catch {
      // The process has ended.
    }
  }
  return bytes
}

const sessionOf = (id) => Number(readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1].split(' ')[3])
function children(id) {
  try {
    return readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').trim().split(' ').map(Number)
  } catch {
    return []
  }
}
