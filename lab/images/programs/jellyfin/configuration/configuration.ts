import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Folders } from "./environment";
import { XmlFile } from "./xml-file";

/** The server's own files below the configuration folder, read once. */
export class Configuration {
    private readonly system: XmlFile;
    private readonly network: XmlFile;
    private readonly encoding: XmlFile;
    /** The same for all replicas: clients know the server by it. 32 hexadecimal digits. */
    readonly serverId: string;

    constructor(private readonly folders: Folders) {
        this.system = new XmlFile(join(folders.config, "system.xml"), "ServerConfiguration", {
            IsStartupWizardCompleted: "false",
            QuickConnectAvailable: "true",
            EnableMetrics: "false",
            ServerName: "",
            CachePath: "",
        });
        this.network = new XmlFile(join(folders.config, "network.xml"), "NetworkConfiguration", {
            InternalHttpPort: "8096",
            AutoDiscovery: "true",
        });
        this.encoding = new XmlFile(join(folders.config, "encoding.xml"), "EncodingOptions", {
            TranscodingTempPath: "",
            EncoderAppPathDisplay: "",
        });
        // The provider takes its connection from the variables; the real image also writes the password in here.
        new XmlFile(join(folders.config, "database.xml"), "DatabaseConfigurationOptions", {
            DatabaseType: "PLUGIN_PROVIDER",
            LockingBehavior: "NoLock",
        });
        this.serverId = sharedId(join(folders.data, "data", "device.txt"));
    }

    /** Empty in the file means the host's name: then each replica has another. */
    get serverName(): string {
        return this.system.get("ServerName") || hostname();
    }

    get port(): number {
        return Number(this.network.get("InternalHttpPort")) || 8096;
    }

    get transcodeFolder(): string {
        return this.encoding.get("TranscodingTempPath") || join(this.folders.cache, "transcodes");
    }

    get isWizardCompleted(): boolean {
        return this.system.get("IsStartupWizardCompleted") === "true";
    }

    nameServer(name: string): void {
        this.system.set("ServerName", name);
    }

    completeWizard(): void {
        this.system.set("IsStartupWizardCompleted", "true");
    }

    /** Every start of the real server saves this file. */
    showEncoder(path: string): void {
        this.encoding.set("EncoderAppPathDisplay", path);
    }
}

/** The id in this file; whichever replica comes first makes it. */
function sharedId(path: string): string {
    try {
        writeFileSync(path, randomUUID().replaceAll("-", ""), { flag: "wx" });
    } catch {
        // Another start made it.
    }
    return readFileSync(path, "utf8").trim();
}
