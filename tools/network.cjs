// Starts a real, empty Bluesky network on loopback for tests and for `make run-network`: identity directory (PLC) and personal
// data server (PDS) from the npm package @atproto/dev-env, without the app view.
//
// Environment: CANDOUR_NETWORK_MODULES folder with node_modules (default var/network), CANDOUR_PLC_PORT (2582),
// CANDOUR_PDS_PORT (2583); a port 0 takes a free one. CANDOUR_NETWORK_TIED=1 ends the servers when standard input closes.
// Prints one line "READY {json}" with the addresses. SIGTERM or SIGINT ends it and removes its data; nothing outlives a run.
'use strict'
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { createRequire } = require('node:module')

const LOOPBACK = '127.0.0.1'

// The servers ask for a port on every interface; a development network with known passwords must not be reachable from outside.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first !== 'number') return listen.call(this, first, ...rest)
  const after = typeof rest[0] === 'string' ? rest.slice(1) : rest
  return listen.call(this, first, LOOPBACK, ...after)
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().on('error', reject)
    probe.listen(0, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

async function portFrom(name, otherwise) {
  const wanted = Number(process.env[name] ?? otherwise)
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65535) throw new Error(`${name} must be a port number`)
  return wanted === 0 ? freePort() : wanted
}

function loadNetwork() {
  const folder = path.resolve(process.env.CANDOUR_NETWORK_MODULES || path.join(__dirname, '..', 'var', 'network'))
  return createRequire(path.join(folder, 'from-here.js'))('@atproto/dev-env')
}

async function main() {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'candour-network-'))
  process.env.TMPDIR = data // the servers keep their files under the temporary directory and leave them there
  process.on('exit', () => fs.rmSync(data, { recursive: true, force: true }))

  const { TestNetworkNoAppView } = loadNetwork()
  const plc = await portFrom('CANDOUR_PLC_PORT', 2582)
  const pds = await portFrom('CANDOUR_PDS_PORT', 2583)
  const network = await TestNetworkNoAppView.create({ plc: { port: plc }, pds: { port: pds } })

  const stop = async () => {
    setTimeout(() => process.exit(0), 3000).unref()
    await network.close()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  if (process.env.CANDOUR_NETWORK_TIED === '1') process.stdin.resume().once('end', stop)
  console.log('READY ' + JSON.stringify({ plc: `http://${LOOPBACK}:${plc}`, pds: `http://${LOOPBACK}:${pds}` }))
}

main().catch((problem) => {
  console.error(`The Bluesky network did not start: ${problem.message}`)
  process.exit(1)
})
