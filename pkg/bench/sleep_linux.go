package bench

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm wakes its goroutine in time. Timers of Go are late by a millisecond where the process has
// nothing else to do, since that is what epoll_wait counts in; a timerfd is an event like those of
// sockets, of a clock that counts nanoseconds.
type alarm struct {
	f  *os.File
	fd int
}

func newAlarm() alarm {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return alarm{}
	}
	return alarm{os.NewFile(uintptr(fd), "timerfd"), fd}
}

// sleep sleeps for no more than a few milliseconds.
func (a alarm) sleep(d time.Duration) {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	if a.f == nil || unix.TimerfdSettime(a.fd, 0, &spec, nil) != nil {
		time.Sleep(d)
		return
	}
	var expired [8]byte
	if _, err := a.f.Read(expired[:]); err != nil {
		time.Sleep(d)
	}
}

func (a alarm) close() {
	if a.f != nil {
		a.f.Close()
	}
}
