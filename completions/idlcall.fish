# fish completion for idlcall                              -*- shell-script -*-

# Words are given without their quotes. The one at the cursor may have one that is not
# closed; fish matches what is offered against its meaning.
function __idlcall_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l open (string sub -l 1 -- $current)
    switch "$open"
        case '"' "'"
            set current (string trim -l -c $open -- $current)
        case '*'
            set current (string unescape -- $current; or echo $current)
    end
    set -l lines ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    set -l directive (string replace -r '^:' '' -- $lines[-1])
    string match -qr '^[0-9]+$' -- $directive; or return 1
    set -e lines[-1]
    set -l option (string match -r -- '^-[^=]*=' $current; or echo '')
    if test (count $lines) -gt 0
        printf '%s\n' $option$lines
    else if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path $current
    end
end

complete -c idlcall -e
complete -c idlcall -f -a '(__idlcall_complete)'
