import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Folders } from "./environment";
import type { JsonBody } from "../http/body";
import { defaults, plain, roots, type Setting, type Settings, type SettingsFile } from "./settings";
import { XmlFile } from "./xml-file";

/** The server's own files below the configuration folder, read once. */
export class Configuration {
    private readonly files: Readonly<Record<SettingsFile, XmlFile>>;
    /** The same for all replicas: clients know the server by it. 32 hexadecimal digits. */
    readonly serverId: string;
    /** Whether figures are served: decided at the start, whatever is set later. */
    readonly hasMetrics: boolean;

    constructor(private readonly folders: Folders) {
        const file = (name: SettingsFile) =>
            new XmlFile(join(folders.config, `${name}.xml`), roots[name], plain(defaults[name]));
        this.files = { system: file("system"), network: file("network"), encoding: file("encoding") };
        // The provider takes its connection from the variables; the real image also writes the password in here.
        new XmlFile(join(folders.config, "database.xml"), "DatabaseConfigurationOptions", {
            DatabaseType: "PLUGIN_PROVIDER",
            LockingBehavior: "NoLock",
        });
        this.serverId = sharedId(join(folders.data, "data", "device.txt"));
        this.hasMetrics = this.files.system.get("EnableMetrics") === "true";
    }

    /** All settings of a file, as the API shows them. */
    values(name: SettingsFile): Settings {
        const file = this.files[name];
        return Object.fromEntries(
            Object.entries(defaults[name]).map(([key, value]): [string, Setting] => {
                if (typeof value === "object") return [key, file.has(key) ? file.list(key) : value];
                if (!file.has(key)) return [key, value];
                const text = file.get(key);
                if (typeof value === "boolean") return [key, text === "true"];
                return [key, typeof value === "number" ? Number(text) : text];
            }),
        );
    }

    /** What the API is sent takes the place of all settings: one that it leaves out has its default again. */
    replace(name: SettingsFile, sent: JsonBody): void {
        for (const [key, value] of Object.entries(defaults[name])) {
            const wanted = sent.value(key);
            const isList = Array.isArray(value) && Array.isArray(wanted);
            const isOfItsType = isList || (typeof value !== "object" && typeof wanted === typeof value);
            const written = isList ? wanted.map(String) : String(isOfItsType ? wanted : value);
            this.files[name].set(key, !isList && Array.isArray(value) ? value : written);
        }
    }

    /** Empty in the file means the host's name: then each replica has another. */
    get serverName(): string {
        return this.files.system.get("ServerName") || hostname();
    }

    get port(): number {
        return Number(this.files.network.get("InternalHttpPort")) || 8096;
    }

    get transcodeFolder(): string {
        return this.files.encoding.get("TranscodingTempPath") || join(this.folders.cache, "transcodes");
    }

    get isWizardCompleted(): boolean {
        return this.files.system.get("IsStartupWizardCompleted") === "true";
    }

    nameServer(name: string): void {
        this.files.system.set("ServerName", name);
    }

    completeWizard(): void {
        this.files.system.set("IsStartupWizardCompleted", "true");
    }

    /** Every start of the real server saves this file. */
    showEncoder(path: string): void {
        this.files.encoding.set("EncoderAppPathDisplay", path);
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
