# SPDX-License-Identifier: Apache-2.0
# bash completion for sekisho

_sekisho() {
    local word=$2 before=$3 options
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "watch evaluate explain query retention verdict reidentify indicators inspect replay sensor simulate uplink verify key law ledger selector warrant hub --help --version" -- "$word")
        return
    fi
    case $before in
    -b | --basis)
        mapfile -t COMPREPLY < <(compgen -W "own exercise" -- "$word")
        return
        ;;
    --confine)
        mapfile -t COMPREPLY < <(compgen -W "possible required no" -- "$word")
        return
        ;;
    -l | --language)
        mapfile -t COMPREPLY < <(compgen -W "en ja" -- "$word")
        return
        ;;
    --colour | --progress)
        mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$word")
        return
        ;;
    --pseudonyms)
        mapfile -t COMPREPLY < <(compgen -W "opaque prefix" -- "$word")
        return
        ;;
    --read)
        mapfile -t COMPREPLY < <(compgen -W "auto packets exports logs" -- "$word")
        return
        ;;
    -I | --interface)
        mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$word")
        return
        ;;
    --stop-after)
        mapfile -t COMPREPLY < <(compgen -W "decode flows facts selection all" -- "$word")
        return
        ;;
    esac
    case ${COMP_WORDS[1]} in
    watch)
        options="--listen --interface --read --sampling --tls-certificate --tls-key --tls-authority
                 --basis --networks --country --delegated --mmdb --pollers --indicators --indicators-key --pseudonyms --json --html
                 --stix --metrics --records --export --store --state --state-every --join --no-store --retain --follow --every --alerts-per-day --workers --memory --active --idle
                 --language --colour --progress --quiet --exit-code --stop-after --help"
        ;;
    explain)
        options="--purpose --role --actor --basis --law --store --language --json --help"
        ;;
    infrastructure)
        options="--purpose --role --actor --basis --law --store --language --all --lines --stix --json --help"
        ;;
    query)
        options="--purpose --role --actor --basis --law --store --language --about --from --to --records
                 --count --history --provisions --limit --skip --json --csv --at --help"
        ;;
    reidentify)
        options="--number --reason --finding --minutes --output --key --passphrase-file --trust --candidates
                 --pseudonym-key --json --purpose --role --actor --basis --law --store --language --help"
        ;;
    verdict)
        options="--reason --until --name --purpose --role --actor --basis --law --store --language --at --json
                 --help"
        ;;
    retention)
        options="--reason --until --purpose --role --actor --basis --law --store --language --at --json
                 --help"
        ;;
    indicators)
        options="--output --key --second-key --passphrase-file --previous --number --built-at
                 --valid-for --popular --own --leave-out --over --revoke --trust --overlay --at
                 --json --quiet --help"
        if ((COMP_CWORD == 2)); then
            mapfile -t COMPREPLY < <(compgen -W "build show verify match --help" -- "$word")
            return
        fi
        ;;
    inspect)
        options="--listen --seconds --templates --sampling --json --language --exit-code --help"
        ;;
    replay)
        options="--to --rate --datagrams --speed --loop --exporters --seconds --tls-certificate
                 --tls-key --tls-authority --allow-network --json --help"
        ;;
    sensor) options="--config --check --print --help" ;;
    uplink) options="--config --once --dry-run --json --quiet --help" ;;
    simulate)
        options="--output --truth --networks --seed --scale --duration --snaplen --quiet --help"
        ;;
    evaluate)
        options="--data --set --truth --rest-is-benign --background --population --sampling --loss
                 --active --clock-error --permute-addresses --permute-hosts --drop-ports --shift
                 --shuffle-files --leak-tests --markdown --json --log --without-baselines --every
                 --seed --memory --flows-max --quiet --help"
        ;;
    hub)
        options="--listen --certificate --key --sensors --sensors-certificate --sensors-key
                 --sensors-authority --origin --trust-proxy --database --web --law --oidc-issuer
                 --oidc-client --oidc-secret-file --oidc-authority --confine --exercise --now
                 --passphrase-file --call-loopback --dry-run --json --quiet --url --token-file --authority --help"
        ;;
    key) options="--name --passphrase-file --no-passphrase --rp-id --origin --role --json --help" ;;
    ledger) options="--log --key --state --output --passphrase-file --help" ;;
    law) options="--law --day --json --language --help" ;;
    selector)
        options="--basis --law --selector --lists --networks --country --delegated --mmdb --sampling
                 --read --json --language --help"
        ;;
    warrant)
        options="--law --at --language --help --basis --serial --issuer --extends --direction
                 --equipment --capacity --share --issued --from --to --condition --key
                 --passphrase-file --yes --reason --output --trust --earlier --revocation --json"
        ;;
    verify) options="--key --inclusion --consistency --witness --witnesses-needed --law --as-of --report --warrants --votes --trust --json --language --help" ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _sekisho sekisho
