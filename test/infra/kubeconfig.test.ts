import assert from "node:assert/strict";
import { stringify } from "yaml";
import { readKubeconfig } from "../../infra/kubeconfig";

const encoded = (text: string) => Buffer.from(text).toString("base64");

/** Two clusters, as `kubectl` keeps them side by side; `change` is what is otherwise in the second one. */
function file(change: { cluster?: object; user?: object } = {}): string {
    return stringify({
        "current-context": "home",
        contexts: [
            { name: "home", context: { cluster: "home", user: "me" } },
            { name: "do-fra1", context: { cluster: "cloud", user: "robot" } },
            { name: "half", context: { cluster: "cloud" } },
        ],
        clusters: [
            { name: "home", cluster: { server: "https://192.168.20.21:6443" } },
            {
                name: "cloud",
                cluster: change.cluster ?? {
                    server: "https://203.0.113.7",
                    "certificate-authority-data": encoded("CA"),
                },
            },
        ],
        users: [
            { name: "me", user: { "client-certificate-data": encoded("cert"), "client-key-data": encoded("key") } },
            { name: "robot", user: change.user ?? { token: "t0ken" } },
        ],
    });
}

describe("a kubeconfig", () => {
    it("is read for its current context, or for the one that is asked for", () => {
        assert.deepEqual(readKubeconfig(file()).access, {
            server: "https://192.168.20.21:6443",
            authority: undefined,
            credentials: { kind: "certificate", certificate: "cert", key: "key" },
        });
        assert.deepEqual(readKubeconfig(file(), "do-fra1").access, {
            server: "https://203.0.113.7",
            authority: "CA",
            credentials: { kind: "token", token: "t0ken" },
        });
    });

    const server = "https://203.0.113.7";
    const useless: readonly (readonly [string, string, string, RegExp])[] = [
        ["that is no YAML", "{", "do-fra1", /^is not YAML$/],
        ["that is empty", "", "do-fra1", /^has no context do-fra1$/],
        ["without that context", file(), "azure", /^has no context azure$/],
        ["whose context has no user", file(), "half", /^lacks the cluster or the user of half$/],
        ["without encryption", file({ cluster: { server: "http://203.0.113.7" } }), "do-fra1", /answers by https$/],
        [
            "that does not look who answers",
            file({ cluster: { server, "insecure-skip-tls-verify": true } }),
            "do-fra1",
            /^does not check who answers$/,
        ],
        [
            "with a file beside it",
            file({ user: { "client-certificate": "/home/me/.minikube/client.crt" } }),
            "do-fra1",
            /^has its client-certificate in a file of its own \(kubectl config view --raw --flatten puts it in\)$/,
        ],
        [
            "with a program that logs in",
            file({ user: { exec: { command: "doctl" } } }),
            "do-fra1",
            /^logs in with a program \(exec\)$/,
        ],
        ["without anything to log in with", file({ user: {} }), "do-fra1", /^has neither token nor certificate$/],
    ];
    for (const [title, text, context, problem] of useless) {
        it(`is of no use ${title}`, () => assert.match(readKubeconfig(text, context).problem ?? "", problem));
    }
});
