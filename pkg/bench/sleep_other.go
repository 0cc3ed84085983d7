//go:build !linux

package bench

import "time"

// alarm wakes its goroutine in time, as far as timers do.
type alarm struct{}

func newAlarm() alarm { return alarm{} }

func (alarm) sleep(d time.Duration) { time.Sleep(d) }

func (alarm) close() {}
