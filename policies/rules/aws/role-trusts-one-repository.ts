import { Field } from "../../model/field";
import { isKind } from "../../model/kind";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

const issuer = "token.actions.githubusercontent.com";
/** One repository, and one branch, environment or the fact of being a pull request. */
const fixed = /^repo:[\w.-]+\/[\w.-]+:(?:environment:[\w.-]+|ref:refs\/(?:heads|tags)\/[\w./-]+|pull_request)$/;

export const roleTrustsOneRepository: ResourceRule = {
    kind: "resource",
    name: "role-trusts-one-repository",
    level: "mandatory",
    severity: "critical",
    description: "A role that workflows take on names the repository and the branch or environment, and the audience.",
    incident:
        "A role for deployments trusted the whole token service of the forge: any workflow of any repository in the world " +
        "could take it on, and read the state with every secret of the house.",
    instead: `StringEquals on ${issuer}:aud (sts.amazonaws.com) and on :sub (repo:<owner>/<name>:environment:<name>).`,
    applies: isKind("aws:iam/role:Role"),
    check(subject, report) {
        const policy = subject.object.at("assumeRolePolicy");
        for (const statement of new Field(document(policy), new Set()).at("Statement").items()) {
            if (statement.at("Effect").text() !== "Allow") continue;
            checkStatement(statement, subject, report);
        }
    },
};

function checkStatement(statement: Field, subject: Subject, report: Report): void {
    const refuse = (wrong: string, write: string) =>
        report.violation(subject, { path: "assumeRolePolicy", wrong, write });
    const principal = statement.at("Principal");
    if (principal.text() === "*" || texts(principal.at("AWS")).includes("*")) {
        return refuse("everybody who has an account may take on this role", "name who may");
    }
    if (!texts(principal.at("Federated")).some((name) => name.includes(issuer))) return;
    const equals = statement.at("Condition", "StringEquals");
    if (!texts(equals.at(`${issuer}:aud`)).includes("sts.amazonaws.com")) {
        refuse("tokens made for somebody else are taken too", `write StringEquals ${issuer}:aud sts.amazonaws.com`);
    }
    const subjects = texts(equals.at(`${issuer}:sub`));
    if (subjects.length > 0 && subjects.every((name) => fixed.test(name))) return;
    const what = subjects.length === 0 ? "workflows of any repository" : `more than one place (${subjects.join(", ")})`;
    refuse(`${what} may take on this role`, `write StringEquals ${issuer}:sub repo:<owner>/<name>:environment:<name>`);
}

/** The provider takes a policy as text. */
function document(policy: Field): unknown {
    const text = policy.text();
    return text === undefined ? undefined : JSON.parse(text);
}

/** One text or a list of them. */
function texts(field: Field): readonly string[] {
    return [field, ...field.items()].flatMap((item) => item.text() ?? []);
}
