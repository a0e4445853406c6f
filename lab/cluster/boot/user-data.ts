import { parseDocument } from "yaml";
import { isRecord, textOf } from "../../plain-values";
import { componentsNamedIn, type FurtherComponent } from "./packages";

/** One entry of `write_files`, decoded. */
export interface GuestFile {
    readonly path: string;
    readonly content: string;
    /** Octal digits; cloud-init's default is `0644`. */
    readonly permissions: string;
}

/** The parts of a cloud-config that the lab's machines act upon. */
export interface CloudConfig {
    readonly hostname: string | undefined;
    readonly packages: readonly string[];
    /** What apt knows beside `main` when it installs them. */
    readonly components: readonly FurtherComponent[];
    readonly files: readonly GuestFile[];
    /** `bootcmd` and `runcmd` as one shell line each. */
    readonly commands: readonly string[];
    /** What `cloud-init schema` would complain about, without ending the boot. */
    readonly warnings: readonly string[];
}

/** The user-data cannot be read at all; cloud-init then applies none of it. */
export class UserDataError extends Error {}

const KNOWN_KEYS = new Set([
    "apt", "bootcmd", "chpasswd", "disable_root", "disk_setup", "final_message", "fqdn", "fs_setup", "growpart", "hostname",
    "locale", "manage_etc_hosts", "mounts", "ntp", "package_reboot_if_required", "package_update", "package_upgrade", "packages",
    "power_state", "preserve_hostname", "resize_rootfs", "runcmd", "ssh", "ssh_authorized_keys", "ssh_deletekeys", "ssh_keys",
    "ssh_pwauth", "swap", "timezone", "user", "users", "write_files",
]); // prettier-ignore

/**
 * Reads a cloud-config as cloud-init does.
 * @throws UserDataError when the first line or the YAML is wrong.
 */
export function parseUserData(text: string): CloudConfig {
    const firstLine = text.split("\n", 1)[0] ?? "";
    if (firstLine.trimEnd() !== "#cloud-config")
        throw new UserDataError(
            `Unhandled non-multipart (text/x-not-multipart) userdata: the first line is "${firstLine.slice(0, 60)}", not "#cloud-config"`,
        );
    const document = parseDocument(text);
    const fault = document.errors[0];
    // Only the first line of the fault: those below it quote the text, and with it perhaps a token.
    if (fault) throw new UserDataError(`Failed loading yaml blob: ${fault.message.split("\n", 1)[0] ?? ""}`);
    const root: unknown = document.toJS();
    if (!isRecord(root)) throw new UserDataError("Failed loading yaml blob: the top of a cloud-config is a mapping");
    const warnings = Object.keys(root)
        .filter((key) => !KNOWN_KEYS.has(key))
        .map((key) => `Invalid cloud-config provided: ${key}: Additional properties are not allowed`);
    const files = listOf(root["write_files"]).flatMap((entry, index) => guestFile(entry, index, warnings));
    return {
        hostname: typeof root["hostname"] === "string" ? root["hostname"] : undefined,
        packages: listOf(root["packages"]).flatMap((entry) => packageNames(entry, warnings)),
        components: componentsBeforePackages(root, files),
        files,
        commands: [...listOf(root["bootcmd"]), ...listOf(root["runcmd"])].map(commandLine),
        warnings,
    };
}

/** No command is run here: to name a component before packages are installed, which `runcmd` is not, is to give it to apt. */
function componentsBeforePackages(root: Record<string, unknown>, files: readonly GuestFile[]): FurtherComponent[] {
    const sources = files.filter(({ path }) => path.startsWith("/etc/apt/")).map(({ content }) => content);
    const commands = listOf(root["bootcmd"]).map(commandLine);
    return componentsNamedIn([JSON.stringify(root["apt"] ?? null), ...commands, ...sources].join("\n"));
}

function packageNames(entry: unknown, warnings: string[]): string[] {
    if (typeof entry === "string") return [entry];
    if (Array.isArray(entry) && typeof entry[0] === "string") return [entry[0]];
    warnings.push(`Invalid cloud-config provided: packages: ${JSON.stringify(entry)} is not a package name`);
    return [];
}

function guestFile(entry: unknown, index: number, warnings: string[]): GuestFile[] {
    if (!isRecord(entry) || typeof entry["path"] !== "string") {
        warnings.push(`Invalid cloud-config provided: write_files.${index}: 'path' is a required property`);
        return [];
    }
    const raw = typeof entry["content"] === "string" ? entry["content"] : "";
    const encoding = entry["encoding"];
    const base64 = encoding === "b64" || encoding === "base64";
    if (encoding !== undefined && !base64 && encoding !== "text/plain")
        warnings.push(
            `write_files.${index}.encoding: the lab's machines read plain text and base64, not ${textOf(encoding)}`,
        );
    const permissions = entry["permissions"] ?? "0644";
    if (typeof permissions !== "string")
        warnings.push(
            `write_files.${index}.permissions: ${textOf(permissions)} is a number; quote it, or it is read as decimal`,
        );
    return [
        {
            path: entry["path"],
            content: base64 ? Buffer.from(raw, "base64").toString("utf8") : raw,
            permissions: textOf(permissions),
        },
    ];
}

function commandLine(entry: unknown): string {
    return Array.isArray(entry) ? entry.map(textOf).join(" ") : textOf(entry);
}

function listOf(value: unknown): unknown[] {
    return Array.isArray(value) ? value : [];
}
