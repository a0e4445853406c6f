import assert from "node:assert/strict";
import { parseUserData, UserDataError } from "../../../../lab/cluster/boot/user-data";
import { unknownPackages } from "../../../../lab/cluster/boot/packages";

function cloudConfig(...lines: string[]) {
    return parseUserData(["#cloud-config", ...lines].join("\n"));
}

function refused(text: string): string {
    try {
        parseUserData(text);
    } catch (error) {
        assert.ok(error instanceof UserDataError);
        return error.message;
    }
    return assert.fail("it was read");
}

describe("user-data", () => {
    it("is none without its first line, and the first line that is there is named", () => {
        assert.match(refused("hostname: a\n"), /the first line is "hostname: a", not "#cloud-config"/);
        assert.match(refused(" #cloud-config\n"), /not "#cloud-config"/);
    });

    it("with a fault in the YAML names its line, and quotes nothing of the text", () => {
        const message = refused("#cloud-config\nhostname: a\ntoken: [hunter2\n");
        assert.match(message, /line [34]/);
        assert.doesNotMatch(message, /hunter2/);
    });

    it("that is no mapping is refused", () => {
        assert.match(refused("#cloud-config\n- hostname\n"), /the top of a cloud-config is a mapping/);
        assert.match(refused("#cloud-config\n"), /the top of a cloud-config is a mapping/);
    });

    it("with a key that cloud-init does not know is read, with a warning that names the key", () => {
        const { hostname, warnings } = cloudConfig("hostname: a", "run_cmd: [ls]");
        assert.equal(hostname, "a");
        assert.deepEqual(warnings, ["Invalid cloud-config provided: run_cmd: Additional properties are not allowed"]);
    });

    it("gives files as they will be on the disk", () => {
        const base64 = Buffer.from("zwölf\n").toString("base64");
        const { files, warnings } = cloudConfig(
            "write_files:",
            "  - { path: /a, content: 'x', permissions: '0600' }",
            `  - { path: /b, content: ${base64}, encoding: b64 }`,
            "  - { path: /c }",
        );
        assert.deepEqual(files, [
            { path: "/a", content: "x", permissions: "0600" },
            { path: "/b", content: "zwölf\n", permissions: "0644" },
            { path: "/c", content: "", permissions: "0644" },
        ]);
        assert.deepEqual(warnings, []);
    });

    it("with a file mode that is a number warns: YAML has read it as another one", () => {
        const { warnings } = cloudConfig("write_files: [{ path: /a, permissions: 0600 }]");
        assert.match(warnings[0] ?? "", /write_files\.0\.permissions: \d+ is a number; quote it/);
    });

    it("with a file that has no path, or an encoding that the lab cannot read, says so", () => {
        const { files, warnings } = cloudConfig(
            "write_files: [{ content: a }, { path: /b, content: a, encoding: gzip }]",
        );
        assert.deepEqual(
            files.map(({ path }) => path),
            ["/b"],
        );
        assert.match(warnings[0] ?? "", /write_files\.0: 'path' is a required property/);
        assert.match(warnings[1] ?? "", /write_files\.1\.encoding: .* not gzip/);
    });

    it("gives packages by name, also those with a version, and commands as lines in their order", () => {
        const { packages, commands } = cloudConfig(
            "packages: [curl, [jq, 1.7], 5]",
            "runcmd: [[sh, -c, 'echo 1'], echo 2]",
            "bootcmd: [echo 0]",
        );
        assert.deepEqual(packages, ["curl", "jq"]);
        assert.deepEqual(commands, ["echo 0", "sh -c echo 1", "echo 2"]);
    });

    it("gives apt a further component in a source, a file or a command that comes before packages", () => {
        const given = [
            'apt: { sources: { a: { source: "deb https://a trixie non-free-firmware" } } }',
            'write_files: [{ path: /etc/apt/sources.list.d/a.sources, content: "Components: non-free-firmware" }]',
            "bootcmd: [[sed, -i, 's/$/ non-free-firmware/', /etc/apt/sources.list.d/debian.sources]]",
        ];
        for (const line of given) assert.deepEqual(cloudConfig(line).components, ["non-free-firmware"], line);
    });

    it("gives it none in a command that comes after them, or in another file", () => {
        const { components } = cloudConfig(
            "runcmd: [echo non-free-firmware >> /etc/apt/sources.list]",
            "write_files: [{ path: /etc/motd, content: non-free-firmware }]",
        );
        assert.deepEqual(components, []);
    });
});

describe("packages", () => {
    it("that no repository has are named, and only they", () => {
        assert.deepEqual(unknownPackages(["curl", "nfs-comon", "jq=1.7", "open-iscsi/stable", "iscsi"]), [
            "nfs-comon",
            "iscsi",
        ]);
    });

    it("of a component that apt does not know are such", () => {
        const names = ["curl", "firmware-amd-graphics"];
        assert.deepEqual(unknownPackages(names), ["firmware-amd-graphics"]);
        assert.deepEqual(unknownPackages(names, ["non-free"]), ["firmware-amd-graphics"]);
        assert.deepEqual(unknownPackages(names, ["non-free-firmware"]), []);
    });
});
