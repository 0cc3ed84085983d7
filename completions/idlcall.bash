# bash completion for idlcall                              -*- shell-script -*-

# The line is taken apart by idlcall itself, which knows what is quoted, and where readline
# begins a new word. It needs bash 3.2 and nothing else.
_idlcall() {
    local reply
    COMPREPLY=()
    while IFS= read -r reply; do
        case $reply in
        :nospace) compopt -o nospace 2>/dev/null ;;
        :nofiles) compopt +o default +o bashdefault 2>/dev/null ;;
        *) COMPREPLY+=("$reply") ;;
        esac
    done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete-bash "$COMP_WORDBREAKS" "$COMP_TYPE" "${COMP_WORDS[0]}" \
        "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}

complete -o bashdefault -o default -F _idlcall idlcall
