# SPDX-License-Identifier: Apache-2.0
# bash completion for sekisho

_sekisho() {
    local word=$2 before=$3 options
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "watch explain simulate --help --version" -- "$word")
        return
    fi
    case $before in
    --basis)
        mapfile -t COMPREPLY < <(compgen -W "own exercise" -- "$word")
        return
        ;;
    --stop-after)
        mapfile -t COMPREPLY < <(compgen -W "decode flows facts all" -- "$word")
        return
        ;;
    esac
    case ${COMP_WORDS[1]} in
    watch)
        options="--networks --basis --indicators --html --json --stix --store --follow
                 --stop-after --help"
        ;;
    explain) options="--store --help" ;;
    simulate) options="-o --truth --networks --help" ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _sekisho sekisho
