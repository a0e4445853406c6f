import assert from "node:assert/strict";
import { field, items, startRig, type Rig } from "./rig";

describe("datastores of the emulated Proxmox", () => {
    let rig: Rig;
    before(async () => {
        rig = await startRig({
            storages: [
                {
                    id: "local",
                    type: "dir",
                    path: "/var/lib/vz",
                    content: ["import", "iso", "snippets"],
                    capacityGiB: 1,
                },
                { id: "plain", type: "dir", path: "/srv/plain", content: ["images"], capacityGiB: 10 },
                { id: "local-lvm", type: "lvmthin", content: ["images"], capacityGiB: 10 },
            ],
        });
    });
    after(() => rig.close());

    const url = "https://example.org/20260101/debian-13.qcow2";
    const form = { url, content: "import", filename: "debian-13.qcow2" };
    const download = (more: Record<string, string> = {}, storage = "local") =>
        rig.task("POST", `/nodes/pve-1/storage/${storage}/download-url`, { ...form, ...more });
    const content = async (node: string) => items((await rig.call("GET", `/nodes/${node}/storage/local/content`)).data);

    it("record a download with the size that the URL announced, on that host only", async () => {
        const announced = await rig.call("GET", "/nodes/pve-1/query-url-metadata", { url });
        assert.equal(field(announced.data, "filename"), "debian-13.qcow2");
        assert.equal(await download(), "OK");
        const [image] = await content("pve-1");
        assert.equal(field(image, "volid"), "local:import/debian-13.qcow2");
        assert.equal(field(image, "size"), field(announced.data, "size"));
        assert.deepEqual(await content("pve-2"), []);
    });

    it("refuse to write over a file, unless its checksum shows that it is the same", async () => {
        assert.equal(await download(), "refusing to override existing file '/var/lib/vz/import/debian-13.qcow2'");
        const sum = { checksum: "a".repeat(64), "checksum-algorithm": "sha256", filename: "other.qcow2" };
        assert.equal(await download(sum), "OK");
        assert.equal(await download(sum), "OK");
        assert.match(
            await download({ ...sum, checksum: "b".repeat(64) }),
            /^checksum mismatch: got 'a+' != expect 'b+', aborting$/,
        );
    });

    it("fail a download whose checksum no file can have", async () => {
        const exit = await download({ checksum: "abc", "checksum-algorithm": "sha512", filename: "x.qcow2" });
        assert.equal(exit, "checksum mismatch: 'abc' is not a sha512 checksum");
    });

    it("refuse names and kinds that a host would refuse", async () => {
        const refuse = (more: Record<string, string>, storage = "local") =>
            rig.call("POST", `/nodes/pve-1/storage/${storage}/download-url`, { ...form, ...more });
        assert.deepEqual((await refuse({ filename: "debian.img" })).errors, {
            filename: "invalid filename or wrong extension",
        });
        assert.deepEqual((await refuse({ filename: "../x.qcow2" })).errors, {
            filename: "invalid filename or wrong extension",
        });
        assert.deepEqual((await refuse({ url: "file:///etc/passwd" })).errors, {
            url: "value does not match the regex pattern",
        });
        assert.match((await refuse({}, "local-lvm")).reason, /can't upload to storage type 'lvmthin'/);
        assert.match((await refuse({}, "plain")).reason, /'plain' is not configured for content-type 'import'/);
        assert.equal((await refuse({}, "none")).reason, "storage 'none' does not exist");
    });

    it("count what is in them, and are full at some point", async () => {
        const { data } = await rig.call("GET", "/nodes/pve-1/storage/local/status");
        assert.equal(Number(field(data, "used")) + Number(field(data, "avail")), 1024 ** 3);
        const exits = [];
        for (const name of ["a", "b", "c"]) exits.push(await download({ filename: `${name}.qcow2` }));
        assert.equal(exits.at(-1), "write 'import/c.qcow2' failed: No space left on device");
    });

    it("give room back for what is deleted", async () => {
        assert.equal(
            await rig.task("DELETE", "/nodes/pve-1/storage/local/content/local%3Aimport%2Fdebian-13.qcow2"),
            "OK",
        );
        assert.equal(await rig.task("DELETE", "/nodes/pve-1/storage/local/content/import%2Fother.qcow2"), "OK");
        const left = (await content("pve-1")).map((entry) => field(entry, "volid"));
        assert.ok(!left.includes("local:import/debian-13.qcow2") && !left.includes("local:import/other.qcow2"));
    });

    it("name a disk in a file storage by machine and format", async () => {
        await rig.task("POST", "/nodes/pve-1/qemu", { vmid: "301", scsi0: "plain:1,format=qcow2" });
        const { data } = await rig.call("GET", "/nodes/pve-1/qemu/301/config");
        assert.equal(field(data, "scsi0"), "plain:301/vm-301-disk-0.qcow2,size=1G");
    });
});
