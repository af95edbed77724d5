# Completion of nmapwatchd(8) for bash. tests/test_completion.py compares it with the program.

_nmapwatchd() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word
    # bash splits --output=json into three words.
    if [[ $current == = ]]; then
        current=''
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
        case $word in
            run | replay | check | selftest | explain | allowlist | catalogue | drift)
                command=$word
                break
                ;;
        esac
    done

    local words=''
    case $command:$previous in
        *:--config) return ;; # a file: readline completes it
        run:--interface | check:--interface | selftest:--interface) words=$(cd /sys/class/net 2>/dev/null && echo *) ;;
        run:--output | replay:--output | explain:--output) words='text json' ;;
        catalogue:--output) words='table json markdown suricata wireshark alerts' ;;
        drift:--output) words='table json' ;;
        selftest:--seconds) compopt +o default 2>/dev/null && return ;;
        *)
            case $command:$current in
                :-*) words='-h --help --version' ;;
                run:-*) words='-h --help --config --interface --output' ;;
                replay:-* | explain:-* | catalogue:-* | drift:-*) words='-h --help --config --output' ;;
                check:-*) words='-h --help --config --interface' ;;
                allowlist:-*) words='-h --help --config' ;;
                allowlist:*) words='list test suggest' ;;
                selftest:-*) words='-h --help --config --interface --seconds' ;;
                :*) words='run replay check selftest explain allowlist catalogue drift' ;;
                replay:* | explain:* | drift:*) return ;; # files and folders
                *) compopt +o default 2>/dev/null && return ;;
            esac
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -o bashdefault -o default -F _nmapwatchd nmapwatchd
