// SPDX-License-Identifier: GPL-3.0-or-later
// Prints as many free loopback ports as asked for.
import net from 'node:net';

const servers = await Promise.all(Array.from({ length: Number(process.argv[2] ?? 1) }, () => new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => resolve(server));
})));
console.log(servers.map((server) => server.address().port).join(' '));
servers.forEach((server) => server.close());
