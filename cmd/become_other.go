//go:build !unix

package cmd

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
)

// become runs another program in the place of this one, and ends with its exit code. Ctrl-C
// reaches both: the other one decides.
func become(path string, args []string) error {
	signal.Ignore(os.Interrupt)
	c := exec.Command(path, args...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := c.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(ended.ExitCode())
	}
	if err == nil {
		os.Exit(0)
	}
	return err
}
