// @ts-check
/**
 * What the engine starts as a plugin: asks the lab's plugin host for a fresh server of that plugin, says its port and
 * stays as long as the engine does. Started once for each plugin and run, so it is plain Node without dependencies.
 *
 * usage: shim.mjs <plugin> <version> <socket of the host> <address of the engine>
 */
import { connect } from "node:net";

const [plugin, version, bakedSocket = "", ...rest] = process.argv.slice(2);
const path = process.env["LAB_PROVIDER_SOCKET"] || bakedSocket;
const engine = rest.findLast((argument) => !argument.startsWith("-")) ?? "";

/** @param {string} message */
function fail(message) {
    console.error(message);
    process.exit(1);
}

/** @type {number | undefined} */
let port;
let received = "";
const socket = connect(path);
socket.setEncoding("utf8");
socket.on("connect", () => socket.write(`${JSON.stringify({ plugin, version, engine })}\n`));
socket.on("error", (/** @type {NodeJS.ErrnoException} */ error) =>
    fail(`the lab is not up (${path}: ${error.code ?? error.message}): run \`make up\``),
);
socket.on("close", () => fail("the lab's plugin host went away: run `make up`, then repeat the command"));
socket.on("data", (chunk) => {
    received += chunk.toString();
    const end = received.indexOf("\n");
    if (port !== undefined || end < 0) {
        return;
    }
    /** @type {unknown} */
    const answer = JSON.parse(received.slice(0, end));
    if (typeof answer === "object" && answer !== null && "port" in answer) {
        port = Number(answer.port);
        console.log(port);
    } else {
        const told = typeof answer === "object" && answer !== null && "error" in answer;
        fail(`${plugin}: ${told ? String(answer.error) : received.slice(0, end)}`);
    }
});

// The engine holds the other end of standard input: when it dies without a word, this ends too.
process.stdin.on("end", () => process.exit(0)).resume();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => process.exit(0));
}
