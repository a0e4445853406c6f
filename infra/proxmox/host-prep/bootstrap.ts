import { PROGRAM_TOKEN, PROGRAM_USER, type Grant } from "../privileges";
import { shellWord } from "./shell";

/**
 * The script that an administrator runs once, as root on any host of the cluster, before the program's first run: a program
 * cannot make the token that it logs in with. It may run again; roles then have exactly these privileges, and the token stays.
 */
export function bootstrapScript(grants: readonly Grant[]): string {
    const user = shellWord(PROGRAM_USER);
    const roles = new Map(grants.map(({ role, privileges }) => [role, privileges]));
    const lines = [
        "#!/bin/bash",
        "# The user, the rights and the token of the program; made by npm run host-prep.",
        "set -euo pipefail",
        "",
        ...[...roles].flatMap(([role, privileges]) => [
            ...Object.entries(privileges).map(([privilege, use]) => `# ${privilege}: ${use}`),
            `privileges="${Object.keys(privileges).join(" ")}"`,
            `pveum role add ${role} --privs "$privileges" 2>/dev/null || pveum role modify ${role} --privs "$privileges"`,
            "",
        ]),
        `if ! pveum user list --output-format json | grep -q '"userid":"${PROGRAM_USER}"'; then`,
        `    pveum user add ${user} --comment 'the homelab program'`,
        "fi",
        ...grants.map(
            ({ role, path, propagate }) =>
                `pveum acl modify ${shellWord(path)} --users ${user} --roles ${role} --propagate ${propagate ? 1 : 0}`,
        ),
        "",
        `if pveum user token list ${user} --output-format json | grep -q '"tokenid":"${PROGRAM_TOKEN}"'; then`,
        `    echo "The token ${PROGRAM_USER}!${PROGRAM_TOKEN} is there already. For a new secret, remove it first: ` +
            `pveum user token remove ${PROGRAM_USER} ${PROGRAM_TOKEN}"`,
        "else",
        `    pveum user token add ${user} ${PROGRAM_TOKEN} --privsep 0`,
        `    echo "The value is shown this once. The whole token is ${PROGRAM_USER}!${PROGRAM_TOKEN}=<value>; give it to the program:"`,
        '    echo "pulumi config set --secret homelab:proxmoxApiToken"',
        "fi",
    ];
    return `${lines.join("\n")}\n`;
}
