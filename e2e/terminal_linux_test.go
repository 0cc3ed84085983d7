package e2e

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// controlsTerminal starts a program in a session of its own, whose terminal is its
// stdin: keys then make signals.
var controlsTerminal = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}

// openTerminal makes a pseudo terminal: tty is what a program sees, and what is
// written to keyboard is typed on it. It edits lines and makes signals, but does not
// echo.
func openTerminal() (tty, keyboard *os.File, err error) {
	keyboard, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			keyboard.Close()
		}
	}()
	fd := int(keyboard.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	modes, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err == nil {
		modes.Lflag &^= unix.ECHO
		err = unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, modes)
	}
	if err != nil {
		tty.Close()
		return nil, nil, err
	}
	return tty, keyboard, nil
}

// waiting is how many bytes wait in a pipe to be read.
func waiting(pipe *os.File) (int, error) { return unix.IoctlGetInt(int(pipe.Fd()), unix.TIOCINQ) }
