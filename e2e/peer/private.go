package peer

import (
	"net/netip"
	"os/exec"
	"syscall"
)

// Private is a Kitex server of a group for one test, which may do to it what would
// disturb others.
type Private struct {
	Address string

	cmd  *exec.Cmd
	stop func()
	free func() // of a dead server: lets others have its address
}

// Private starts the one server of a group. Close ends it.
func (p *Peers) Private(group string) (*Private, error) {
	cmd, err := p.kitex(group)
	if err != nil {
		return nil, err
	}
	env, stop, err := launch(cmd)
	if err != nil {
		if stop != nil {
			stop()
		}
		return nil, err
	}
	s := &Private{cmd: cmd, stop: stop}
	for _, s.Address = range env {
	}
	return s, nil
}

// Kill ends the server as if it had crashed. From then on its address refuses
// connections.
func (s *Private) Kill() error {
	if err := s.cmd.Process.Kill(); err != nil {
		return err
	}
	s.stop()
	return s.hold()
}

// hold binds the address of a dead server, but does not listen, so that no other
// server gets it.
func (s *Private) hold() error {
	address, err := netip.ParseAddrPort(s.Address)
	if err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	s.free = func() { _ = syscall.Close(fd) }
	// Connections of the dead server are in the way otherwise.
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return err
	}
	return syscall.Bind(fd, &syscall.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().As4()})
}

// Pause has the server do nothing until Continue. The kernel still accepts
// connections for it and takes what is sent.
func (s *Private) Pause() error { return s.cmd.Process.Signal(syscall.SIGSTOP) }

// Continue ends a Pause.
func (s *Private) Continue() error { return s.cmd.Process.Signal(syscall.SIGCONT) }

// Close ends the server, which may be paused or dead.
func (s *Private) Close() {
	if s.free != nil {
		s.free()
		return
	}
	_ = s.cmd.Process.Kill()
	s.stop()
}
