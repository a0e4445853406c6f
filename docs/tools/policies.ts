import { weakenings } from "../../components/workload";
import { exceptionForm } from "../../policies/model/exception";
import type { Rule } from "../../policies/model/rule";
import { rules } from "../../policies/rules";
import { generatedFrom, page, prose, table } from "./markdown";

/** The reference of the policy pack. */
export function policiesPage(): string {
    const inOrder = [...rules].sort((a, b) => a.name.localeCompare(b.name));
    return page(
        generatedFrom("policies/rules"),
        "# Policies",
        intro,
        table(
            ["Rule", "Level", "Severity", "What must hold"],
            inOrder.map((rule) => [
                `[${rule.name}](#${rule.name})`,
                rule.level,
                rule.severity,
                prose(rule.description),
            ]),
        ),
        ...inOrder.map(ruleSection),
    );
}

const intro = `The rules that \`pulumi preview\` and \`pulumi up\` hold the house against, with \`--policy-pack policies\`. A \`mandatory\`
rule stops the run, an \`advisory\` one is only printed. A value that is not known in a preview is not judged; the update,
where it is known, decides. \`npm run policy -- audit\` asks the same rules about a state or a live cluster, but for those
that ask how the program is written. [Weaken a rule](how-to/weaken-a-rule.md) says how to make an exception.`;

function ruleSection(rule: Rule): string {
    const lines = [
        `**What happened:** ${prose(rule.incident)}`,
        `**Write instead:** ${prose(rule.instead)}`,
        `**Exception:** the annotation \`policy.homelab/allow-${rule.name}: "${exceptionForm}"\` on the object${byWorkload(rule)}.`,
        ...(rule.plannedOnly ? ["**Audit:** left out, since a cluster and a state do not show it."] : []),
    ];
    return [`## ${rule.name}`, prose(rule.description), ...lines].join("\n\n");
}

/** The arguments of `Workload` that write the exception. */
function byWorkload({ name }: Rule): string {
    const keys = Object.entries(weakenings).flatMap(([key, rule]) => (rule === name ? [`\`${key}\``] : []));
    return keys.length === 0 ? "" : `; \`Workload\` writes it for ${keys.join(" and ")} in its argument \`weaken\``;
}
