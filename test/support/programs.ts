import { labPaths } from "../../lab/paths";
import { installPackages, missingPackages, refusalToInstall, type DebianPackage } from "../../lab/toolchain/debian";

/** Programs by which tests look at the network as the machine that runs the lab has it. */
const packages: readonly DebianPackage[] = [
    { name: "iptables", programs: ["iptables"] },
    { name: "ipset", programs: ["ipset"] },
    { name: "nftables", programs: ["nft"] },
];

/** Installs what tests need besides the lab, where that is permitted; elsewhere those tests say what they miss. */
async function main(): Promise<void> {
    const options = { cache: labPaths(".").cache, env: process.env, packages };
    const missing = missingPackages(process.env, packages);
    const refusal = refusalToInstall(missing, options);
    if (refusal === undefined) await installPackages(missing, options);
    else console.log(refusal);
}

void main();
