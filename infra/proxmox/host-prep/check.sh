# What host-prep would do. Nothing here writes.

differences=0

differs() {
    printf 'differs: %s\n' "$1"
    differences=$((differences + 1))
}

# What no script can mend, and the machine would not start with.
wrong() {
    differs "$1"
}

# mode PATH MODE
mode() {
    local mode
    mode="0$(stat -c %a "$root$1")"
    if [ "$mode" != "$2" ]; then differs "$1 has mode $mode instead of $2"; fi
}

folder() {
    if [ -d "$root$1" ]; then mode "$1" "$2"; else differs "$1 is not there"; fi
}

file() {
    local target="$root$1" wanted
    wanted="$(cat; echo .)"
    if [ ! -f "$target" ]; then
        differs "$1 is not there"
    elif [ ! -r "$target" ]; then
        differs "$1 cannot be read; run this as root"
    elif [ "$(cat "$target"; echo .)" != "$wanted" ]; then
        differs "$1 has another text"
    else
        mode "$1" "$2"
    fi
}

boot_words() {
    local target="$root/etc/kernel/cmdline" word
    [ -f "$target" ] || return 0
    for word in "$@"; do
        case " $(head -n 1 "$target") " in
        *" $word "*) ;;
        *) differs "/etc/kernel/cmdline lacks $word" ;;
        esac
    done
}

datastore() {
    local name="$1" has type
    shift
    has="$(datastore_content "$name")"
    for type in "$@"; do
        case ",$has," in
        *",$type,"*) ;;
        *) differs "datastore $name does not allow $type (it has ${has:-nothing})" ;;
        esac
    done
}

private_snippets() {
    local path group access
    path="$(snippets_folder "$1")"
    group="$(snippets_group "$2")"
    access="$(snippets_access "$group")"
    snippets_user "$2" "$group"
    if ! has_access "$root$path" "$access"; then
        differs "$path is not there with $access, and keys of the cluster are in it"
    fi
}

package() {
    if ! installed "$1"; then differs "package $1 is not installed"; fi
}

ups_units() {
    local unit
    if [ -e "$(unfinished ups)" ]; then differs "a run ended before the UPS' client had read its files"; fi
    for unit in "$@"; do
        if ! run systemctl is-active --quiet "$unit"; then differs "$unit is not active"; fi
    done
}

# What the running kernel says, once the files are right and the host was rebooted.
boot_done() {
    if [ -e "$(unfinished boot)" ]; then
        differs "a run ended before the files for the boot were in the initramfs and with the boot loader"
    fi
    if [ -z "$(ls "$root/sys/class/iommu" 2>/dev/null)" ]; then
        differs "the IOMMU is off: VT-d in the firmware, or no reboot since the kernel's words were changed"
    fi
}

finish() {
    if [ "$differences" -gt 0 ]; then
        echo "$host differs from what it should be, see above: $differences. npm run host-prep -- $host prints the script that changes it."
        exit 1
    fi
    echo "$host is prepared."
}
