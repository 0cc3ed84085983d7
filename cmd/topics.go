package cmd

import (
	"embed"
	"strings"

	"github.com/spf13/cobra"
)

// topicFiles are pages of help; the first line of each is its title.
//
//go:embed topics/*.txt
var topicFiles embed.FS

// topicNames are in the order of help.
var topicNames = []string{"exit-codes", "json", "targets", "protocols", "files", "lines", "suites", "load", "mock", "colors"}

// newTopic is a page of help that is no command: 'idlcall help NAME'.
func newTopic(name string) *cobra.Command {
	text := "How idlcall exits.\n\n" + exitTable
	if name != "exit-codes" {
		page, err := topicFiles.ReadFile("topics/" + name + ".txt")
		if err != nil {
			panic(err) // it is built in
		}
		text = string(page)
	}
	title, _, _ := strings.Cut(text, "\n")
	return &cobra.Command{Use: name, Short: strings.TrimRight(title, ".:"), Long: text}
}
