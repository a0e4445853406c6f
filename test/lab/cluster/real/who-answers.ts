import { spawn } from "node:child_process";
import { findPython } from "../../../../lab/toolchain/prerequisites";
import type { RealChassis } from "../../../../lab/cluster/real/chassis";

/**
 * Asks a link by ARP who has an address, and prints every hardware address that answers within a second; what is told to
 * all without being asked is no answer. The sender's own address is that of a probe (RFC 5227): nobody remembers it.
 */
const ASK = `
import socket, struct, sys, time
link, address = sys.argv[1:3]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
wire.bind((link, 0x0806))
own, wanted = wire.getsockname()[4], socket.inet_aton(address)
request = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + own + bytes(4) + bytes(6) + wanted
wire.send(b"\\xff" * 6 + own + b"\\x08\\x06" + request)
end = time.monotonic() + 1
while (left := end - time.monotonic()) > 0:
    wire.settimeout(left)
    try:
        frame = wire.recv(2048)
    except TimeoutError:
        break
    if frame[:6] == own and frame[20:22] == b"\\x00\\x02" and frame[28:32] == wanted:
        print(":".join("%02x" % byte for byte in frame[22:28]), flush=True)
`;
/** The bridge that all machines are plugged into. */
const LINK = "lan";

/** Hardware addresses that answer for an address on the network of the machines, in order, one for each answer. */
export function whoAnswers(chassis: RealChassis, address: string): Promise<string[]> {
    const python = findPython(process.env)?.executable ?? "/usr/bin/python3";
    const { command, args } = chassis.site.place(python, ["-c", ASK, LINK, address]);
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    return new Promise((done, fail) => {
        child.once("error", fail);
        child.once("close", (code) => {
            if (code === 0) done(output.split("\n").filter((line) => line !== ""));
            else fail(new Error(`the question who has ${address} ended with ${code ?? "a signal"}`));
        });
    });
}
