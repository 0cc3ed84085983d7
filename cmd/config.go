package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/config"
)

const configLong = `The configuration has targets with names, so that "idlcall call @shop" knows address, IDL,
headers and all else, and defaults for every command. It is the nearest .idlcall.yaml in or
above the working folder, and config.yaml in the user's configuration folder, which counts
where the first says nothing:

  defaults:
    connect-timeout: 2s
  targets:
    shop:
      address: grpcs://shop.example.com
      idl: api/shop.proto          # from the folder of this file
      header: 'authorization: Bearer ${SHOP_TOKEN}'
    local: localhost:50051

Keys are the names of flags. ${NAME} is an environment variable. Order: flag, environment
(IDLCALL_X_Y), target, defaults; headers are put together by their names.
`

// newConfig is "config", which has commands of its own.
func newConfig(std streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Show or edit the configuration",
		Long:  configLong,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{err: fmt.Errorf("unknown command %q", "config "+args[0]), hint: "there are config show, path, edit and schema"}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newConfigShow(std), newConfigPath(std), newConfigEdit(std), newConfigSchema(std))
	return c
}

func newConfigPath(std streams) *cobra.Command {
	return &cobra.Command{
		Use:               "path",
		Short:             "Print the names of the configuration files that count here",
		Args:              arguments(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			paths := configPaths(environmentFlags())
			if len(paths) == 0 {
				fmt.Fprintln(std.err, "* there is no configuration file ('idlcall config edit' makes one)")
			}
			for _, path := range paths {
				if _, err := fmt.Fprintln(std.out, visible(path)); err != nil {
					return asOutput(err)
				}
			}
			return nil
		},
	}
}

// newConfigTemplate is what a new file says.
const newConfigTemplate = `# Configuration of idlcall: 'idlcall help config' says more.
# Keys are the names of flags; 'idlcall config schema' prints a JSON Schema for editors.
#
# defaults:
#   connect-timeout: 2s
# targets:
#   shop:
#     address: grpcs://shop.example.com
#     idl: api/shop.proto
#     header: 'authorization: Bearer ${SHOP_TOKEN}'
`

func newConfigEdit(std streams) *cobra.Command {
	user := false
	c := &cobra.Command{
		Use:               "edit",
		Short:             "Edit the configuration, and check it",
		Long:              "Edit the nearest .idlcall.yaml, or a new one in the working folder, with $VISUAL or $EDITOR,\nand check it.\n",
		Args:              arguments(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			editor, err := userEditor()
			if err != nil {
				return err
			}
			path, err := pathToEdit(user)
			if err != nil {
				return err
			}
			if err := edit(editor, path); err != nil {
				return err
			}
			fmt.Fprintln(std.err, "*", visible(path))
			_, err = config.Read(path, settingNames())
			return err
		},
	}
	c.Flags().BoolVar(&user, "user", false, "edit the user's own configuration")
	return c
}

// pathToEdit is a file that is there, made if need be.
func pathToEdit(user bool) (string, error) {
	path := config.User()
	if user && path == "" {
		return "", usage("--user: the user has no configuration folder")
	}
	if !user {
		folder, err := os.Getwd()
		if err != nil {
			return "", err
		}
		if path = config.Project(folder); path == "" {
			path = filepath.Join(folder, config.Name)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", asOutput(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return path, nil
	}
	if err != nil {
		return "", asOutput(err)
	}
	_, err = f.WriteString(newConfigTemplate)
	return path, asOutput(errors.Join(err, f.Close()))
}

// userEditor is the user's command, which may have arguments.
func userEditor() (string, error) {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if command := os.Getenv(name); command != "" {
			return command, nil
		}
	}
	switch {
	case !isTerminal(os.Stdin):
		return "", usage("no editor: VISUAL and EDITOR are not set, and there is no terminal")
	case runtime.GOOS == "windows":
		return "notepad", nil
	}
	return "vi", nil
}

// edit runs an editor, which has the terminal meanwhile.
func edit(editor, path string) error {
	c := exec.Command("sh", "-c", editor+` "$1"`, editor, path)
	if runtime.GOOS == "windows" {
		c = exec.Command(editor, path)
	}
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("editor: %w", err)
	}
	return nil
}
