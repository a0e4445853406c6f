import { chmodSync, chownSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issueCertificate } from "../../lab/pki/certificate";
import { TestDatabase } from "../lab/images/programs/database";
import { postgresFolder } from "../lab/images/programs/programs";
import { removeFolder } from "./scratch-folder";

/** A real server that encrypts, and the files by which a client tells it from another one. */
export interface EncryptedDatabase {
    readonly server: TestDatabase;
    /** Folder of `psql` and its like. */
    readonly programs: string;
    /** Its authority's certificate, and that of one who knows nothing of it. */
    readonly authority: string;
    readonly stranger: string;
    /** From now on it turns away whoever does not encrypt. */
    encryptedOnly(): Promise<void>;
    close(): Promise<void>;
}

/** The user that a server runs as where tests are root. */
const NOBODY = 65534;

/** @returns `undefined` on a machine without PostgreSQL. @param password of its superuser */
export async function encryptedDatabase(password: string): Promise<EncryptedDatabase | undefined> {
    const programs = postgresFolder();
    if (programs === undefined) return undefined;
    const folder = mkdtempSync(join(tmpdir(), "encryption-"));
    chmodSync(folder, 0o755);
    const file = (name: string, text: string) => {
        const path = join(folder, name);
        writeFileSync(path, text, { mode: 0o600 });
        if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY);
        return path;
    };
    const authority = await createAuthority("database authority");
    const certificate = await issueCertificate(authority, {
        ...{ commonName: "jellyfin-postgres", ipAddresses: ["127.0.0.1"], usages: ["server"] },
    });
    const server = new TestDatabase(programs);
    const settings = {
        ssl: "on",
        ssl_cert_file: file("tls.crt", certificate.certificate),
        ssl_key_file: file("tls.key", certificate.key),
    };
    await server.start(
        password,
        Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    );
    return {
        server,
        programs,
        authority: file("ca.crt", authority.certificate),
        stranger: file("other.crt", (await createAuthority("somebody else")).certificate),
        encryptedOnly: async () => {
            writeFileSync(join(server.data, "pg_hba.conf"), "hostssl all all all scram-sha-256\n");
            await server.query("SELECT pg_reload_conf()", { password });
        },
        close: async () => {
            await server.remove();
            removeFolder(folder);
        },
    };
}
