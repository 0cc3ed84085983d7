package cmd

import (
	"bytes"
	"embed"
	"strings"

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
	bare := false
	c := &cobra.Command{
		Use:               "completion SHELL",
		Short:             "Print the completion script of a shell",
		Long:              completionLong,
		Args:              arguments(1, "SHELL"),
		ValidArgsFunction: cobra.FixedCompletions(shells, onlyThese),
		RunE: func(c *cobra.Command, args []string) error {
			script, err := completionScript(c.Root(), args[0], bare)
			if err == nil {
				_, err = std.out.Write(script)
				err = asOutput(err)
			}
			return err
		},
	}
	c.Flags().BoolVar(&bare, "no-descriptions", false, "offer words without what they mean")
	return c
}

func completionScript(root *cobra.Command, shell string, bare bool) ([]byte, error) {
	var out bytes.Buffer
	switch shell {
	case "bash", "zsh", "fish":
		script, err := shellScripts.ReadFile("shells/" + shell)
		if err == nil && bare { // bash lists descriptions where COMP_TYPE says that it lists
			without := strings.NewReplacer(" __complete ", " "+cobra.ShellCompNoDescRequestCmd+" ", `"$COMP_TYPE"`, "9")
			_, err = without.WriteString(&out, string(script))
			script = out.Bytes()
		}
		return script, err
	case "powershell":
		write := root.GenPowerShellCompletionWithDesc
		if bare {
			write = root.GenPowerShellCompletion
		}
		err := write(&out)
		return out.Bytes(), err
	}
	return nil, usage("completion %q: there are bash, zsh, fish and powershell", shell)
}
