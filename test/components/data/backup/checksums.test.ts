import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { remoteEnv } from "../../../../components/data/backup/remote";
import { hasRclone } from "./real-store";

interface Written {
    /** `PUT` of an object or of a part. */
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: Buffer;
}

/** As much of S3 as an upload needs; tells what was written and how. */
async function listening(use: (endpoint: string) => Promise<void>): Promise<Written[]> {
    const written: Written[] = [];
    const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
            const { method, url: path = "", headers } = request;
            const body = Buffer.concat(chunks);
            if (method === "PUT") written.push({ path, headers, body });
            response.setHeader("ETag", `"${createHash("md5").update(body).digest("hex")}"`);
            if (method === "HEAD") response.statusCode = 404;
            response.end(method === "POST" ? answerTo(path) : undefined);
        });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
        await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
        server.closeAllConnections();
        server.close();
    }
    return written;
}

function answerTo(path: string): string {
    return /[?&]uploads/.test(path)
        ? "<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>"
        : '<CompleteMultipartUploadResult><ETag>"one-1"</ETag></CompleteMultipartUploadResult>';
}

/** Sends a stream with rclone as the jobs do. */
async function send(endpoint: string, name: string, content: Buffer): Promise<void> {
    const env = {
        ...{ PATH: process.env["PATH"], HOME: "/tmp", ...remoteEnv({ endpoint, region: "eu-central-1" }) },
        RCLONE_CONFIG_HOUSE_ACCESS_KEY_ID: "id",
        RCLONE_CONFIG_HOUSE_SECRET_ACCESS_KEY: "key",
        // What would be looked at after the upload is not there.
        RCLONE_RETRIES: "1",
        RCLONE_LOW_LEVEL_RETRIES: "1",
    };
    const rclone = spawn("rclone", ["rcat", `house:databases/${name}`], { env, stdio: ["pipe", "ignore", "ignore"] });
    rclone.stdin.end(content);
    await once(rclone, "close");
}

describe("what rclone writes into a bucket", function () {
    this.timeout(30_000);

    for (const [kind, size] of [
        ["a manifest", 100],
        ["a dump", 300_000],
    ] as const) {
        it(`has a checksum, which a locked bucket asks for: ${kind}`, async function () {
            if (!hasRclone()) return this.skip();
            const content = Buffer.alloc(size, "content ");
            const written = await listening((endpoint) => send(endpoint, "one", content));
            assert.ok(Buffer.concat(written.map(({ body }) => body)).includes(content), "it was sent");
            for (const { path, headers, body } of written) {
                assert.equal(headers["content-md5"], createHash("md5").update(body).digest("base64"), path);
            }
        });
    }
});
