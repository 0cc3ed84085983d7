//go:build !linux

package e2e

import (
	"errors"
	"os"
	"syscall"
)

var controlsTerminal *syscall.SysProcAttr

func openTerminal() (tty, keyboard *os.File, err error) { return nil, nil, errors.ErrUnsupported }

func waiting(*os.File) (int, error) { return 0, errors.ErrUnsupported }
