package cmd

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/shell"
)

// saveCalls writes a suite of calls that were made in a shell.
func saveCalls(file, target string, settings shell.Settings, calls []*shell.Call) error {
	values := &callOptions{}
	c := &cobra.Command{}
	values.bind(c)
	for _, s := range settings {
		if !slices.Contains(sensitiveSettings, s.Name) {
			if err := c.Flags().Set(s.Name, s.Value); err != nil {
				return usage("%s: %w", s.Name, err)
			}
		}
	}
	text, err := suiteSettingsOf(c.Flags(), target, file, savedFlags[:])
	if err != nil {
		return err
	}
	if err := shell.WriteSuite(file, text, secretOf, calls); err != nil {
		return usage("%w", err)
	}
	return nil
}

// sensitiveSettings are those that each call has in its own step, with secrets masked.
var sensitiveSettings = []string{"header", "rpc-header", "meta", "persist", "header-command"}
