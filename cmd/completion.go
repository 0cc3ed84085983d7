package cmd

import (
	"bytes"
	"embed"

	"github.com/spf13/cobra"
)

// shellScripts are the completions of the shells that quote: cobra's break at an open quote,
// at "=" and ":" inside of a word, and bash's without the package bash-completion.
//
//go:embed shells/*
var shellScripts embed.FS

const completionLong = `Print a script that makes Tab complete commands, flags and their values, @targets, services,
methods, and the fields and enums inside of -f. For every new shell:

  bash        source <(idlcall completion bash)         in ~/.bashrc
  zsh         source <(idlcall completion zsh)          in ~/.zshrc, after compinit
  fish        idlcall completion fish | source          in ~/.config/fish/config.fish
  powershell  idlcall completion powershell | Out-String | Invoke-Expression
`

func newCompletion(std streams) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:               "completion SHELL",
		Short:             "Print the completion script of a shell",
		Long:              completionLong,
		Args:              arguments(1, "SHELL"),
		ValidArgsFunction: cobra.FixedCompletions(shells, onlyThese),
		RunE: func(c *cobra.Command, args []string) error {
			script, err := completionScript(c.Root(), args[0])
			if err == nil {
				_, err = std.out.Write(script)
				err = asOutput(err)
			}
			return err
		},
	}
}

func completionScript(root *cobra.Command, shell string) ([]byte, error) {
	switch shell {
	case "bash", "zsh", "fish":
		return shellScripts.ReadFile("shells/" + shell)
	case "powershell":
		var out bytes.Buffer
		err := root.GenPowerShellCompletionWithDesc(&out)
		return out.Bytes(), err
	}
	return nil, usage("completion %q: there are bash, zsh, fish and powershell", shell)
}
