import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    CreateBucketCommand,
    GetObjectCommand,
    ListObjectsV2Command,
    PutBucketVersioningCommand,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { remoteEnv } from "../../../../components/data/backup/remote";
import { labAwsEnvironment, startMoto, type Moto } from "../../../../lab/aws/moto";
import { labPaths } from "../../../../lab/paths";
import { ensureMoto } from "../../../../lab/toolchain/moto";
import { onPath } from "../../../../lab/toolchain/locate";
import { freePorts } from "../../../support/free-ports";
import { giveAway, runScript, type ScriptEnded } from "./script";
import { removeFolder } from "../../../support/scratch-folder";

const BUCKET = "databases";
/** Whether rclone is there: Debian's package of that name. */
export function hasRclone(): boolean {
    return onPath("rclone", process.env["PATH"] ?? "") !== undefined;
}

/** A bucket of moto's, with the folder that the pods of a job share. */
export class RealStore {
    private readonly folder = mkdtempSync(join(tmpdir(), "store-"));
    private folders = 0;

    private constructor(
        private readonly moto: Moto,
        private readonly s3: S3Client,
        private readonly programs: string,
    ) {
        chmodSync(this.folder, 0o755);
    }

    /** @param programs folder of PostgreSQL's programs */
    static async start(programs: string): Promise<RealStore> {
        const address = "127.0.0.1";
        const [port = 0] = await freePorts(address, 1);
        const own = mkdtempSync(join(tmpdir(), "moto-"));
        const python = await ensureMoto({ cache: labPaths(".").cache, env: process.env });
        const files = { logFile: join(own, "log"), recording: join(own, "recording") };
        const moto = await startMoto({ python, address, port, ...files });
        const credentials = {
            accessKeyId: labAwsEnvironment.AWS_ACCESS_KEY_ID,
            secretAccessKey: labAwsEnvironment.AWS_SECRET_ACCESS_KEY,
        };
        const s3 = new S3Client({ endpoint: moto.endpoint, region: "us-east-1", credentials, forcePathStyle: true });
        await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
        // As the house's buckets are.
        const VersioningConfiguration = { Status: "Enabled" } as const;
        await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
        return new RealStore(moto, s3, programs);
    }

    async stop(): Promise<void> {
        this.s3.destroy();
        await this.moto.stop();
        removeFolder(this.folder);
    }

    /** An empty folder for the containers of one pod. */
    exchange(): string {
        const folder = join(this.folder, `exchange-${++this.folders}`);
        mkdirSync(folder);
        giveAway(folder);
        return folder;
    }

    /** Folder with a program that does this in place of another. */
    program(name: string, script: string): string {
        const folder = join(this.folder, `bin-${++this.folders}`);
        mkdirSync(folder);
        writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        return folder;
    }

    /** Where its scripts find their programs. */
    get path(): string {
        return `${this.programs}:${process.env["PATH"] ?? ""}`;
    }

    async keys(): Promise<string[]> {
        const { Contents } = await this.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
        return (Contents ?? []).flatMap(({ Key }) => Key ?? []).sort();
    }

    async read(key: string): Promise<Buffer> {
        const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
    }

    async write(key: string, body: Buffer): Promise<void> {
        await this.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
    }

    /** Runs a script as a container would, with the bucket's variables and these only. */
    run(script: string, env: Readonly<Record<string, string>>, folder: string): Promise<ScriptEnded> {
        return runScript(script, {
            PATH: this.path,
            HOME: folder,
            EXCHANGE: folder,
            TARGET: `house:${BUCKET}/jellyfin`,
            ...remoteEnv({ endpoint: this.moto.endpoint, region: "us-east-1" }),
            RCLONE_CONFIG_HOUSE_ACCESS_KEY_ID: labAwsEnvironment.AWS_ACCESS_KEY_ID,
            RCLONE_CONFIG_HOUSE_SECRET_ACCESS_KEY: labAwsEnvironment.AWS_SECRET_ACCESS_KEY,
            ...env,
        });
    }
}
