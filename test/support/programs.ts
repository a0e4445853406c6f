import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { labPaths } from "../../lab/paths";
import { installPackages, missingPackages, refusalToInstall, type DebianPackage } from "../../lab/toolchain/debian";
import { postgresFolders, postgresPrograms } from "../lab/images/programs/programs";

/**
 * Programs by which tests look at the network as the machine that runs the lab has it, and those that read what the
 * program writes for others or talk to what it makes.
 */
const packages: readonly DebianPackage[] = [
    { name: "iptables", programs: ["iptables"] },
    { name: "ipset", programs: ["ipset"] },
    { name: "nftables", programs: ["nft"] },
    { name: "cloud-init", programs: ["cloud-init"] },
    { name: "shellcheck", programs: ["shellcheck"] },
    { name: "rclone", programs: ["rclone"] },
    { name: "curl", programs: ["curl"] },
    { name: "procps", programs: ["ps"] },
    { name: "sudo", programs: ["visudo"] },
    { name: "openssh-client", programs: ["ssh-keygen"] },
    { name: "postgresql", programs: postgresPrograms, folders: postgresFolders },
];

/** It is wanted for its schema alone: with this file it does nothing at the next boot of the machine. */
function keepCloudInitStill(): void {
    mkdirSync("/etc/cloud", { recursive: true });
    writeFileSync("/etc/cloud/cloud-init.disabled", "installed for the tests of a program\n");
}

/** Tests start servers of their own: Debian's package makes no database that would run from then on. */
function keepPostgresStill(): void {
    const settings = "/etc/postgresql-common/createcluster.conf";
    if (existsSync(settings)) return;
    mkdirSync("/etc/postgresql-common", { recursive: true });
    writeFileSync(
        settings,
        "# Installed for the tests of a program, which start servers of their own.\ncreate_main_cluster = false\n",
    );
}

/** Installs what tests need besides the lab, where that is permitted; elsewhere those tests say what they miss. */
async function main(): Promise<void> {
    const options = { cache: labPaths(".").cache, env: process.env, packages };
    const missing = missingPackages(process.env, packages);
    const refusal = refusalToInstall(missing, options);
    if (refusal !== undefined) {
        console.log(refusal);
        return;
    }
    if (missing.includes("cloud-init")) keepCloudInitStill();
    if (missing.includes("postgresql")) keepPostgresStill();
    await installPackages(missing, options);
}

void main();
