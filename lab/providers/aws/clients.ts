import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { textOf } from "../../plain-values";
import type { Properties, Value } from "../kit/provider";
import { isProperties, jsonSetting } from "../kit/values";

/** Connections to the services of one configured plugin. */
export interface Clients {
    readonly s3: S3Client;
    readonly ecr: ECRClient;
    readonly iam: IAMClient;
    readonly sts: STSClient;
    readonly region: string;
    /** From the setting `defaultTags`; every resource that takes tags gets them. */
    readonly defaultTags: Readonly<Record<string, string>>;
    close(): void;
}

/**
 * Connects to an emulator. The stand-in refuses to guess an endpoint: without one the SDK would talk to Amazon.
 * @param settings the plugin's settings as the engine sends them (what is not text arrives as JSON).
 */
export function connectServices(settings: Properties): Clients {
    const region = typeof settings["region"] === "string" ? settings["region"] : "us-east-1";
    const endpointOf = (service: string): string => {
        for (const entry of listOf(jsonSetting(settings["endpoints"]))) {
            const endpoint = isProperties(entry) ? entry[service] : undefined;
            if (typeof endpoint === "string" && endpoint !== "") {
                return endpoint;
            }
        }
        throw new Error(
            `endpoints: none for ${service} (the stand-in talks to an emulator only); add { ${service}: "http://..." }`,
        );
    };
    const text = (key: string, fallback: string): string => {
        const value = settings[key];
        return typeof value === "string" && value !== "" ? value : fallback;
    };
    const shared = (service: string) => ({
        region,
        endpoint: endpointOf(service),
        maxAttempts: 2,
        credentials: { accessKeyId: text("accessKey", "lab"), secretAccessKey: text("secretKey", "lab") },
    });
    const made: { destroy(): void }[] = [];
    const keep = <Client extends { destroy(): void }>(client: Client): Client => {
        made.push(client);
        return client;
    };
    const lazily = <Client extends { destroy(): void }>(make: () => Client): (() => Client) => {
        let client: Client | undefined;
        return () => (client ??= keep(make()));
    };
    const s3 = lazily(
        () => new S3Client({ ...shared("s3"), forcePathStyle: jsonSetting(settings["s3UsePathStyle"]) !== false }),
    );
    const ecr = lazily(() => new ECRClient(shared("ecr")));
    const iam = lazily(() => new IAMClient(shared("iam")));
    const sts = lazily(() => new STSClient(shared("sts")));
    return {
        get s3() {
            return s3();
        },
        get ecr() {
            return ecr();
        },
        get iam() {
            return iam();
        },
        get sts() {
            return sts();
        },
        region,
        defaultTags: tagsOf(jsonSetting(settings["defaultTags"])),
        close: () => made.forEach((client) => client.destroy()),
    };
}

function tagsOf(setting: Value | undefined): Record<string, string> {
    const tags = isProperties(setting) && isProperties(setting["tags"]) ? setting["tags"] : {};
    return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, textOf(value)]));
}

function listOf(value: Value | undefined): Value[] {
    return Array.isArray(value) ? value : [];
}
