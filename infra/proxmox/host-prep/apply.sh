# What host-prep can do. Each function changes something only where it differs, and says so.

note() {
    printf '%s: %s\n' "$1" "$2"
}

# What no script can mend.
wrong() {
    note hint "$1"
}

# A kind of files is about to differ from what the host has read of them. A file says so, and not a variable: a run that is
# interrupted after the files leaves to the next one what makes them count. begin boot|ups
begin() {
    mkdir -p "$(dirname "$(unfinished "$1")")"
    : >"$(unfinished "$1")"
}

# The host has read them. end boot|ups
end() {
    rm -f "$(unfinished "$1")"
}

# Text of a file, from standard input. file PATH MODE GROUP
file() {
    local target="$root$1" wanted
    # Command substitution drops the last line's end; the point keeps it.
    wanted="$(cat; echo .)"
    wanted="${wanted%.}"
    if [ -f "$target" ] && [ "$(cat "$target"; echo .)" = "$wanted." ]; then
        chmod "$2" "$target"
        owned "$target" "$3"
        note unchanged "$1"
        return 0
    fi
    case "$1" in
    /etc/nut/* | /usr/local/sbin/homelab-power | /etc/systemd/system/*) begin ups ;;
    *) begin boot ;;
    esac
    mkdir -p "$(dirname "$target")"
    # Never readable for others, not even for a moment.
    (umask 077 && printf '%s' "$wanted" >"$target.homelab-new")
    chmod "$2" "$target.homelab-new"
    owned "$target.homelab-new" "$3"
    mv "$target.homelab-new" "$target"
    note changed "$1"
}

# mode PATH MODE
mode() {
    if [ "0$(stat -c %a "$root$1")" = "$2" ]; then
        note unchanged "$1"
    else
        chmod "$2" "$root$1"
        note changed "$1"
    fi
}

# A folder that programs without root's rights have to enter. folder PATH MODE
folder() {
    mkdir -p "$root$1"
    mode "$1" "$2"
}

owned() {
    # Below another root the groups of the host do not exist.
    if [ -z "$root" ]; then chown "root:$2" "$1"; fi
}

# Words of the one line that systemd-boot hands to the kernel.
boot_words() {
    local target="$root/etc/kernel/cmdline" line word
    [ -f "$target" ] || return 0
    line="$(head -n 1 "$target")"
    for word in "$@"; do
        case " $line " in
        *" $word "*) ;;
        *) line="$line $word" ;;
        esac
    done
    if [ "$line" = "$(cat "$target")" ]; then
        note unchanged /etc/kernel/cmdline
    else
        begin boot
        # Never half a line: the host would not find its disk.
        printf '%s\n' "$line" >"$target.homelab-new"
        chmod --reference="$target" "$target.homelab-new"
        mv "$target.homelab-new" "$target"
        note changed /etc/kernel/cmdline
    fi
}

# Content types that a datastore allows besides those it has. datastore NAME TYPE...
datastore() {
    local name="$1" has wanted type
    shift
    has="$(datastore_content "$name")"
    wanted="$has"
    for type in "$@"; do
        case ",$wanted," in
        *",$type,"*) ;;
        *) wanted="$wanted${wanted:+,}$type" ;;
        esac
    done
    if [ "$wanted" = "$has" ]; then
        note unchanged "datastore $name"
    else
        run pvesm set "$name" --content "$wanted"
        note changed "datastore $name allows $wanted"
    fi
}

# The keys of the cluster are in a server's snippet, and tee leaves a file readable for all. Proxmox reads it as root.
# private_snippets DATASTORE USER
private_snippets() {
    local path target group access
    path="$(snippets_folder "$1")"
    target="$root$path"
    group="$(snippets_group "$2")"
    access="$(snippets_access "$group")"
    snippets_user "$2" "$group"
    if has_access "$target" "$access"; then
        note unchanged "$path"
        return 0
    fi
    case "$path" in
    # Below a share that is not mounted it would be on the host's own disk.
    /mnt/pve/*) ;;
    *) mkdir -p "$target" ;;
    esac
    # With five digits, or a folder keeps the bit that hands its group on.
    if owned "$target" "$group" && chmod "00${access%% *}" "$target" && has_access "$target" "$access"; then
        note changed "$path is $access"
    else
        wrong "$path cannot be made $access, and keys of the cluster are in it: have it on a mounted share that does not squash root, or on a disk of the host (hosts[].datastores.files of $host)"
    fi
}

package() {
    if installed "$1"; then
        note unchanged "package $1"
    else
        DEBIAN_FRONTEND=noninteractive run apt-get install --yes --no-install-recommends "$1"
        note changed "package $1"
    fi
}

ups_units() {
    local unit changed=no
    if [ -e "$(unfinished ups)" ]; then
        changed=yes
        run systemctl daemon-reload
    fi
    for unit in "$@"; do
        if [ "$changed" = no ] && run systemctl is-active --quiet "$unit"; then
            note unchanged "unit $unit"
        else
            run systemctl enable "$unit"
            run systemctl restart "$unit"
            note changed "unit $unit"
        fi
    done
    end ups
}

boot_done() {
    [ -e "$(unfinished boot)" ] || return 0
    run update-initramfs -u -k all
    if [ -f "$root/etc/default/grub" ]; then run update-grub; fi
    if [ -f "$root/etc/kernel/cmdline" ]; then run proxmox-boot-tool refresh; fi
    end boot
    echo "The host must be rebooted before the GPU can be passed through; empty it first, and be sure of SSH: its screen stays dark."
}

finish() {
    echo "$host is prepared."
}
